"""Calls through the client of openapi-generator."""

import os
import sys
from uuid import UUID

sys.path.insert(0, "openapi_generator")

import openapi_client
from openapi_client import (
    AuthApi,
    CustomersApi,
    EventsApi,
    PlansApi,
    SubscriptionsApi,
)

configuration = openapi_client.Configuration(
    host=os.environ["FLUXRATE"], access_token=os.environ["KEY"]
)
client = openapi_client.ApiClient(configuration)
customers = CustomersApi(client)
me = AuthApi(client).auth_me()
assert me.role is None
assert me.user is None

created = [
    customers.customers_create(
        openapi_client.CustomerRequest(
            name=name,
            email=f"{name}+x@example.com",
            external_id=f"{name}, Inc",
            metadata={"segment": "smb"},
        )
    )
    for name in ("ada", "bea", "cid")
]
ada, bea, _ = created


def names(**query):
    return [customer.name for customer in customers.customers_list(**query).data]


ordering = ["-name", "email"]
assert names(ordering=ordering, metadata=["segment:smb"]) == ["cid", "bea", "ada"]
assert names(external_id__in=["ada, Inc", "bea, Inc"]) == ["bea", "ada"]
assert names(id__in=[str(ada.id), str(bea.id)]) == ["bea", "ada"]
missing = ["phone", "billing_address_city"]
assert names(missing=missing, email="ada+x@example.com") == ["ada"]
assert names(page=1, page_size=2, after=bea.id) == ["ada"]
include = ["subscriptions", "subscription_counts"]
(match,) = customers.customers_list(search="ada", include=include).data
assert match.matched_on

match.phone = "+1-555-0100"
answer = customers.api_client.call_api(
    "PUT",
    f"{configuration.host}/api/v1/customers/{ada.id}",
    {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {configuration.access_token}",
    },
    client.sanitize_for_serialization(match),
)
answer.read()
assert answer.status == 200, answer.data
read = customers.customers_retrieve_with_http_info(ada.id)
assert read.data.phone == "+1-555-0100"
assert read.headers["ETag"] == '"2"'


def error_of(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except openapi_client.ApiException as error:
        return error
    raise AssertionError("The call did not fail.")


late = openapi_client.PatchedCustomerRequest(name="Late")
stale = error_of(
    customers.customers_update,
    ada.id,
    if_match='"1"',
    patched_customer_request=late,
)
assert (stale.status, stale.data.code) == (412, "stale")
bad = openapi_client.CustomerRequest(name="x", email="nope")
wrong = error_of(customers.customers_create, bad)
assert wrong.status == 422
assert wrong.data.errors[0].message.startswith("Enter a valid email address")
assert error_of(customers.customers_retrieve, UUID(int=1)).status == 404

plan = PlansApi(client).plans_create(openapi_client.PlanRequest(name="Pro"))
subscriptions = SubscriptionsApi(client)
subscription = subscriptions.subscriptions_create(
    openapi_client.SubscriptionRequest(customer_id=ada.id, plan_id=plan.id)
)
assert subscription.scheduled_change is None
ended = subscriptions.subscriptions_cancel(
    subscription.id,
    cancel_subscription_request=openapi_client.CancelSubscriptionRequest(),
)
assert ended.status == "CANCELED"
events = EventsApi(client).events_list(after=UUID(int=0), page_size=2).data
assert len(events) == 2
