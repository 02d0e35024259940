"""Calls through the client of openapi-python-client."""

import os
import sys
from uuid import UUID

sys.path.insert(0, "openapi_python_client")

from fluxrate_client import AuthenticatedClient
from fluxrate_client.api.auth import get_current_caller
from fluxrate_client.api.customers import (
    create_customer,
    get_customer,
    list_customers,
    put_customer,
    update_customer,
)
from fluxrate_client.api.events import list_events
from fluxrate_client.api.plans import create_plan, get_plan
from fluxrate_client.api.subscriptions import (
    cancel_subscription,
    create_subscription,
    list_subscriptions,
    pause_subscription,
    resume_subscription,
)
from fluxrate_client.models import (
    CancelSubscriptionRequest,
    CustomerInclude,
    CustomerMissing,
    CustomerOrdering,
    CustomerRequest,
    CustomerStatus,
    PatchedCustomerRequest,
    PauseSubscriptionRequest,
    PlanRequest,
    SubscriptionInclude,
    SubscriptionRequest,
    SubscriptionStatus,
)

client = AuthenticatedClient(os.environ["FLUXRATE"], os.environ["KEY"])

# The key.
me = get_current_caller.sync(client=client)
assert me.role is None
assert me.user is None

# Create, and create again with the same idempotency key.
created = []
for name in ("ada", "bea", "cid"):
    request = {
        "client": client,
        "idempotency_key": f"create-{name}",
        "body": CustomerRequest.from_dict(
            {
                "name": name,
                "email": f"{name}+x@example.com",
                "external_id": f"{name}, Inc",
                "metadata": {"segment": "smb"},
            }
        ),
    }
    created.append(create_customer.sync(**request))
    replayed = create_customer.sync_detailed(**request)
    assert replayed.parsed.id == created[-1].id
    assert replayed.headers["Idempotency-Replayed"] == "true"
ada, bea, _ = created
assert ada.phone is None


# Lists: ordering, filters, metadata, pages.
def names(**query):
    page = list_customers.sync(client=client, **query)
    return [customer.name for customer in page.data]


ordering = [CustomerOrdering.NAME_DESCENDING, CustomerOrdering.EMAIL]
assert names(ordering=ordering, metadata=["segment:smb"]) == ["cid", "bea", "ada"]
assert names(external_id_in=["ada, Inc", "bea, Inc"]) == ["bea", "ada"]
assert names(id_in=[ada.id, bea.id]) == ["bea", "ada"]
assert names(status=list(CustomerStatus), search="ada") == ["ada"]
missing = [CustomerMissing.PHONE, CustomerMissing.BILLING_ADDRESS_CITY]
assert names(missing=missing, email="ada+x@example.com") == ["ada"]
assert names(page=2, page_size=2) == ["ada"]
assert names(after=str(bea.id)) == ["ada"]
assert names(page=1, page_size=2, after=str(bea.id)) == ["ada"]
oldest = {"ordering": [CustomerOrdering.UPDATED_AT], "after": "1900-01-01"}
assert names(page_size=2, **oldest) == ["ada", "bea"]

# A search result, sent back whole with PUT and with PATCH.
include = list(CustomerInclude)
(match,) = list_customers.sync(client=client, search="ada", include=include).data
assert match.matched_on[0].text == "ada"
whole = PatchedCustomerRequest.from_dict(match.to_dict() | {"phone": "+1-555-0100"})
put = put_customer.sync_detailed(ada.id, client=client, body=whole)
assert put.status_code == 200, put.content
assert (put.parsed.phone, put.headers["ETag"]) == ("+1-555-0100", '"2"')
whole = PatchedCustomerRequest.from_dict(put.parsed.to_dict() | {"phone": None})
patched = update_customer.sync_detailed(ada.id, client=client, body=whole)
assert patched.status_code == 200, patched.content
assert (patched.parsed.phone, patched.headers["ETag"]) == (None, '"3"')

# Errors.
late = PatchedCustomerRequest(name="Late")
stale = put_customer.sync_detailed(ada.id, client=client, body=late, if_match='"1"')
assert (stale.status_code, stale.parsed.code) == (412, "stale")
bad = CustomerRequest(name="x", email="nope")
wrong = create_customer.sync_detailed(client=client, body=bad)
assert (wrong.status_code, wrong.parsed.errors[0].code) == (422, "invalid")
absent = get_customer.sync_detailed(UUID(int=1), client=client)
assert (absent.status_code, absent.parsed.code) == (404, "not_found")

# Subscriptions and their actions.
plan = create_plan.sync(client=client, body=PlanRequest(name="Pro"))
assert get_plan.sync(plan.id, client=client).trial_days == 0
body = SubscriptionRequest(customer_id=ada.id, plan_id=plan.id)
subscription = create_subscription.sync(client=client, body=body)
assert subscription.scheduled_change is None
body = PauseSubscriptionRequest()
paused = pause_subscription.sync(subscription.id, client=client, body=body)
assert paused.status == SubscriptionStatus.PAUSED
refused = pause_subscription.sync_detailed(subscription.id, client=client, body=body)
assert (refused.status_code, refused.parsed.code) == (409, "not_pausable")
assert refused.parsed.available_actions[0].name
resumed = resume_subscription.sync(subscription.id, client=client)
assert resumed.status == SubscriptionStatus.ACTIVE
body = CancelSubscriptionRequest()
ended = cancel_subscription.sync(subscription.id, client=client, body=body)
assert ended.status == SubscriptionStatus.CANCELED
(included,) = list_subscriptions.sync(
    client=client,
    status=[SubscriptionStatus.CANCELED, SubscriptionStatus.TRIAL],
    include=list(SubscriptionInclude),
    customer_external_id="ada, Inc",
).data
assert (included.customer.name, included.plan.name) == ("ada", "Pro")

# Events.
types = []
query = {"page_size": 2, "type_": ["customer.created", "subscription.canceled"]}
after = UUID(int=0)
while events := list_events.sync(client=client, after=after, **query).data:
    types += [event.type_ for event in events]
    after = events[-1].id
assert types == ["customer.created"] * 3 + ["subscription.canceled"]
