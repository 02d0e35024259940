"""Who may subscribe to what, and what is left when the plan goes."""

import pytest

from customers.models import Customer, Plan, Subscription

from .subscription_scenario import START

URL = "/api/v1/subscriptions"


def test_a_subscription_starts_canceled_ends_and_the_plan_may_go(acme_api):
    customer = acme_api.post(
        "/api/v1/customers", {"name": "A", "email": "a@b.co"}
    ).json()
    plan = acme_api.post("/api/v1/plans", {"name": "Pro"}).json()
    body = {
        "customer_id": customer["id"],
        "plan_id": plan["id"],
        "start_date": "2026-01-31T00:00:00Z",
    }
    response = acme_api.post(URL, body)
    assert response.status_code == 201, response.content
    subscription = response.json()
    assert subscription["status"] == "ACTIVE"
    assert subscription["current_period_end"] == "2026-02-28T00:00:00Z"
    assert acme_api.delete(f"/api/v1/plans/{plan['id']}").status_code == 409
    done = acme_api.post(f"{URL}/{subscription['id']}/cancel", {"reason": "moved"})
    assert done.json()["status"] == "CANCELED", done.content
    assert acme_api.delete(f"/api/v1/plans/{plan['id']}").status_code == 204
    canceled = acme_api.get(f"{URL}/{subscription['id']}").json()
    assert (canceled["plan_id"], canceled["plan_name"]) == (None, "Pro")
    listed = acme_api.get(f"/api/v1/customers/{customer['id']}/subscriptions/")
    assert listed.json()["meta"]["total"] == 1


@pytest.mark.parametrize(
    ("model", "field", "value", "code"),
    [
        (Customer, "status", "INACTIVE", "customer_inactive"),
        (Plan, "is_active", False, "plan_inactive"),
    ],
)
def test_nothing_inactive_takes_a_new_subscription(scenario, model, field, value, code):
    model.objects.update(**{field: value})
    response = scenario.post()
    assert (response.status_code, response.json()["code"]) == (409, code)
    assert not Subscription.objects.exists()


def test_a_subscription_that_begins_later_is_active_from_then_on(scenario):
    later = "2026-02-10T00:00:00Z"
    subscription = scenario.subscribe(start_date=later)
    assert (subscription["status"], subscription["start_date"]) == ("ACTIVE", later)
    assert subscription["current_period_start"] == later
    assert subscription["current_period_end"] == "2026-03-10T00:00:00Z"


def test_the_plan_decides_the_interval_unless_the_body_does(scenario):
    yearly = {"plan_id": scenario.yearly["id"]}
    assert scenario.subscribe(**yearly)["billing_interval"] == "year"
    monthly = scenario.subscribe(**yearly, billing_interval="month")
    assert monthly["billing_interval"] == "month"
    assert monthly["start_date"] == START
