"""Calls through the client of openapi-python-client."""

import os
import sys
from uuid import UUID

sys.path.insert(0, "openapi_python_client")

from fluxrate_client import AuthenticatedClient
from fluxrate_client.api.auth import auth_me
from fluxrate_client.api.customers import (
    customers_create,
    customers_list,
    customers_retrieve,
    customers_update,
)
from fluxrate_client.api.events import events_list
from fluxrate_client.api.plans import plans_create, plans_retrieve
from fluxrate_client.api.subscriptions import (
    subscriptions_cancel,
    subscriptions_create,
)
from fluxrate_client.models import (
    CancelSubscriptionRequest,
    CustomerRequest,
    CustomersListIncludeItem,
    CustomersListOrderingItem,
    PatchedCustomerRequest,
    PlanRequest,
    SubscriptionRequest,
)

client = AuthenticatedClient(os.environ["FLUXRATE"], os.environ["KEY"])
me = auth_me.sync(client=client)
assert me.role is None
assert me.user is None

created = [
    customers_create.sync(
        client=client,
        body=CustomerRequest.from_dict(
            {
                "name": name,
                "email": f"{name}+x@example.com",
                "external_id": f"{name}, Inc",
                "metadata": {"segment": "smb"},
            }
        ),
    )
    for name in ("ada", "bea", "cid")
]
ada, bea, _ = created
assert ada.phone is None


def names(**query):
    page = customers_list.sync(client=client, **query)
    return [customer.name for customer in page.data]


ordering = [CustomersListOrderingItem.VALUE_1, CustomersListOrderingItem.EMAIL]
assert names(ordering=ordering, metadata=["segment:smb"]) == ["cid", "bea", "ada"]
assert names(external_id_in=["ada, Inc", "bea, Inc"]) == ["bea", "ada"]
assert names(id_in=[str(ada.id), str(bea.id)]) == ["bea", "ada"]
assert names(missing=["phone", "billing_address_city"], email="ada+x@example.com") == [
    "ada"
]
assert names(after=bea.id) == ["ada"]
assert names(page=1, page_size=2, after=bea.id) == ["ada"]
include = [
    CustomersListIncludeItem.SUBSCRIPTIONS,
    CustomersListIncludeItem.SUBSCRIPTION_COUNTS,
]
(match,) = customers_list.sync(client=client, search="ada", include=include).data
assert match.matched_on

whole = PatchedCustomerRequest.from_dict(match.to_dict() | {"phone": "+1-555-0100"})
changed = customers_update.sync_detailed(ada.id, client=client, body=whole)
assert changed.status_code == 200, changed.content
assert changed.parsed.phone == "+1-555-0100"
tag = customers_retrieve.sync_detailed(ada.id, client=client).headers["ETag"]
assert tag == '"2"'
late = PatchedCustomerRequest(name="Late")
stale = customers_update.sync_detailed(ada.id, client=client, body=late, if_match='"1"')
assert (stale.status_code, stale.parsed.code) == (412, "stale")

bad = CustomerRequest(name="x", email="nope")
refused = customers_create.sync_detailed(client=client, body=bad)
assert refused.status_code == 422
assert refused.parsed.errors[0].message.startswith("Enter a valid email address")
absent = customers_retrieve.sync_detailed(UUID(int=1), client=client)
assert (absent.status_code, absent.parsed.code) == (404, "not_found")

plan = plans_create.sync(client=client, body=PlanRequest(name="Pro"))
assert plans_retrieve.sync(plan.id, client=client).trial_days == 0
body = SubscriptionRequest(customer_id=ada.id, plan_id=plan.id)
subscription = subscriptions_create.sync(client=client, body=body)
assert subscription.scheduled_change is None
ended = subscriptions_cancel.sync(
    subscription.id, client=client, body=CancelSubscriptionRequest()
)
assert ended.status.value == "CANCELED"
events = events_list.sync(client=client, after=UUID(int=0), page_size=2).data
assert len(events) == 2
