"""Calls through the client of openapi-generator."""

import os
import sys
from uuid import UUID

sys.path.insert(0, "openapi_generator")

import openapi_client
from openapi_client import (
    AuthApi,
    CustomerInclude,
    CustomerMissing,
    CustomerOrdering,
    CustomersApi,
    CustomerStatus,
    EventsApi,
    PlansApi,
    SubscriptionInclude,
    SubscriptionsApi,
    SubscriptionStatus,
)

configuration = openapi_client.Configuration(
    host=os.environ["FLUXRATE"], access_token=os.environ["KEY"]
)
client = openapi_client.ApiClient(configuration)
customers = CustomersApi(client)

# The key.
me = AuthApi(client).get_current_caller()
assert me.role is None
assert me.user is None

# Create, and create again with the same idempotency key.
created = []
for name in ("ada", "bea", "cid"):
    options = {
        "idempotency_key": f"create-{name}",
        "customer_request": openapi_client.CustomerRequest(
            name=name,
            email=f"{name}+x@example.com",
            external_id=f"{name}, Inc",
            metadata={"segment": "smb"},
        ),
    }
    created.append(customers.create_customer(**options))
    replayed = customers.create_customer_with_http_info(**options)
    assert replayed.data.id == created[-1].id
    assert replayed.headers["Idempotency-Replayed"] == "true"
ada, bea, _ = created


# Lists: ordering, filters, metadata, pages.
def names(**query):
    return [customer.name for customer in customers.list_customers(**query).data]


ordering = [CustomerOrdering.NAME_DESCENDING, CustomerOrdering.EMAIL]
assert names(ordering=ordering, metadata=["segment:smb"]) == ["cid", "bea", "ada"]
assert names(external_id__in=["ada, Inc", "bea, Inc"]) == ["bea", "ada"]
assert names(id__in=[ada.id, bea.id]) == ["bea", "ada"]
assert names(status=list(CustomerStatus), search="ada") == ["ada"]
missing = [CustomerMissing.PHONE, CustomerMissing.BILLING_ADDRESS_CITY]
assert names(missing=missing, email="ada+x@example.com") == ["ada"]
assert names(page=2, page_size=2) == ["ada"]
assert names(page=1, page_size=2, after=str(bea.id)) == ["ada"]
oldest = {"ordering": [CustomerOrdering.UPDATED_AT], "after": "1900-01-01"}
assert names(page_size=2, **oldest) == ["ada", "bea"]

# A search result, sent back whole with PUT and with PATCH.
(match,) = customers.list_customers(search="ada", include=list(CustomerInclude)).data
assert match.matched_on[0].text == "ada"


def send(method, customer):
    """The types of requests have no read-only members: send the object itself."""
    response = client.call_api(
        method,
        f"{configuration.host}/api/v1/customers/{ada.id}",
        {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {configuration.access_token}",
        },
        client.sanitize_for_serialization(customer),
    )
    response.read()
    assert response.status == 200, response.data


match.phone = "+1-555-0100"
send("PUT", match)
read = customers.get_customer_with_http_info(ada.id)
assert (read.data.phone, read.headers["ETag"]) == ("+1-555-0100", '"2"')
read.data.phone = None
send("PATCH", read.data)
read = customers.get_customer_with_http_info(ada.id)
assert (read.data.phone, read.headers["ETag"]) == (None, '"3"')


# Errors.
def error_of(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except openapi_client.ApiException as error:
        return error.status, error.data.code, error.data
    raise AssertionError("The call did not fail.")


late = {"patched_customer_request": openapi_client.PatchedCustomerRequest(name="Late")}
stale = error_of(customers.put_customer, ada.id, if_match='"1"', **late)
assert stale[:2] == (412, "stale")
bad = openapi_client.CustomerRequest(name="x", email="nope")
status, _, wrong = error_of(customers.create_customer, bad)
assert (status, wrong.errors[0].code) == (422, "invalid")
assert error_of(customers.get_customer, UUID(int=1))[:2] == (404, "not_found")

# Subscriptions and their actions.
plan = PlansApi(client).create_plan(openapi_client.PlanRequest(name="Pro"))
subscriptions = SubscriptionsApi(client)
subscription = subscriptions.create_subscription(
    openapi_client.SubscriptionRequest(customer_id=ada.id, plan_id=plan.id)
)
assert subscription.scheduled_change is None
assert subscriptions.pause_subscription(subscription.id).status == "PAUSED"
refused = error_of(subscriptions.pause_subscription, subscription.id)
assert refused[:2] == (409, "not_pausable")
assert refused[2].available_actions[0].name
assert subscriptions.resume_subscription(subscription.id).status == "ACTIVE"
assert subscriptions.cancel_subscription(subscription.id).status == "CANCELED"
(included,) = subscriptions.list_subscriptions(
    status=[SubscriptionStatus.CANCELED, SubscriptionStatus.TRIAL],
    include=list(SubscriptionInclude),
    customer_external_id="ada, Inc",
).data
assert (included.customer.name, included.plan.name) == ("ada", "Pro")

# Events.
types, after = [], UUID(int=0)
kinds = ["customer.created", "subscription.canceled"]
while (
    events := EventsApi(client).list_events(after=after, page_size=2, type=kinds).data
):
    types += [event.type for event in events]
    after = events[-1].id
assert types == ["customer.created"] * 3 + ["subscription.canceled"]
