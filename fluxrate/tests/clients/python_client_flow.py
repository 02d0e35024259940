"""Calls through clients/python, installed from its wheel."""

import os
from uuid import UUID

from fluxrate_client import (
    APIError,
    Client,
    Request,
    customers,
    plans,
    subscriptions,
)

client = Client(os.environ["FLUXRATE"], os.environ["KEY"])

# The key.
me = client.send(Request("GET", "/api/v1/auth/me"))
assert me["role"] is None
assert me["user"] is None

# Create, and create again with the same idempotency key.
created = []
for name in ("ada", "bea", "cid"):
    request = customers.create(
        name=name,
        email=f"{name}+x@example.com",
        external_id=f"{name}, Inc",
        metadata={"segment": "smb"},
    )
    created.append(client.send(request))
    assert client.send(request) == created[-1]
ada, bea, _ = created


# Lists: ordering, filters, metadata, pages.
def names(**query):
    return [each["name"] for each in client.send(customers.list(**query))["data"]]


ordering = ["-name", "email"]
assert names(ordering=ordering, metadata={"segment": "smb"}) == ["cid", "bea", "ada"]
assert names(external_id__in=["ada, Inc", "bea, Inc"]) == ["bea", "ada"]
assert names(id__in=[ada["id"], bea["id"]]) == ["bea", "ada"]
assert names(status=["ACTIVE", "INACTIVE"], search="ada") == ["ada"]
missing = ["phone", "billing_address_city"]
assert names(missing=missing, email="ada+x@example.com") == ["ada"]
assert names(page=2, page_size=2) == ["ada"]
assert names(page=1, page_size=2, after=bea["id"]) == ["ada"]
assert names(page_size=2, ordering=["updated_at"], after="1900-01-01") == ["ada", "bea"]
every = client.all(customers.list(page_size=2, ordering="name"))
assert [each["name"] for each in every] == ["ada", "bea", "cid"]

# A search result, sent back whole with PUT and with PATCH.
include = ["subscriptions", "subscription_counts"]
(match,) = client.send(customers.list(search="ada", include=include))["data"]
assert match["matched_on"][0]["text"] == "ada"
whole = {**match, "phone": "+1-555-0100"}
put = client.send(customers.upsert("ada, Inc", **whole))
assert (put["phone"], put["revision"]) == ("+1-555-0100", 2)
patched = client.send(customers.update(**{**put, "phone": None}))
assert (patched["phone"], patched["revision"]) == (None, 3)


# Errors, and ETags.
def error_of(request):
    try:
        client.send(request)
    except APIError as error:
        return error
    raise AssertionError("The call did not fail.")


stale = error_of(customers.update(ada["id"], if_match=1, name="Late"))
assert (stale.status, stale.code) == (412, "stale")
wrong = error_of(customers.create(name="x", email="nope"))
assert (wrong.status, wrong.errors[0]["code"]) == (422, "invalid")
absent = error_of(customers.get(str(UUID(int=1))))
assert (absent.status, absent.code) == (404, "not_found")

# Subscriptions and their actions.
plan = client.send(plans.create(name="Pro"))
request = subscriptions.create(customer_id=ada["id"], plan_id=plan["id"])
subscription = client.send(request)
assert subscription["scheduled_change"] is None


def act(action):
    return client.send(subscriptions.act(subscription["id"], action))["status"]


assert act("pause") == "PAUSED"
refused = error_of(subscriptions.act(subscription["id"], "pause"))
assert (refused.status, refused.code) == (409, "not_pausable")
assert refused.problem["available_actions"][0]["name"]
assert act("resume") == "ACTIVE"
assert act("cancel") == "CANCELED"
(included,) = client.all(
    subscriptions.list(
        status=["CANCELED", "TRIAL"],
        include=["customer", "plan"],
        customer_external_id="ada, Inc",
    )
)
assert (included["customer"]["name"], included["plan"]["name"]) == ("ada", "Pro")

# Events.
kinds = ["customer.created", "subscription.canceled"]
types = [event["type"] for event in client.events(page_size=2, type=kinds)]
assert types == ["customer.created"] * 3 + ["subscription.canceled"]
