"""The clock of a test organization, and who may move it."""

import pytest

from customers import testing_clock
from customers.models import Subscription, subscription_advance

from .subscription_scenario import URL, day

CLOCK = "/api/v1/organization/clock"


def test_a_year_passes_in_one_request(scenario):
    subscription = scenario.subscribe(start_date="2026-01-31T00:00:00Z")
    moved = scenario.move_clock("2027-01-30T23:59:59Z")
    assert (moved["is_test"], moved["clock_at"]) == (True, "2027-01-30T23:59:59Z")
    after = scenario.read(subscription)
    assert after["current_period_start"] == "2026-12-31T00:00:00Z"
    assert after["current_period_end"] == "2027-01-31T00:00:00Z"
    assert after["billing_anchor"] == "2026-01-31T00:00:00Z"
    ends = [
        event["data"]["current_period_end"] for event in scenario.events(subscription)
    ]
    assert len(ends) == 12
    assert [day(end[:10]).day for end in ends[:4]] == [28, 31, 30, 31]


def test_actions_happen_at_the_clocks_time(scenario):
    subscription = scenario.subscribe()
    scenario.move_clock("2026-02-05T00:00:00Z")
    assert (
        scenario.act(subscription, "pause").json()["paused_at"]
        == "2026-02-05T00:00:00Z"
    )


def test_a_clock_only_goes_forward(scenario):
    response = scenario.api.post(CLOCK, {"at": "2026-01-30T00:00:00Z"})
    assert (response.status_code, response.json()["code"]) == (
        409,
        "clock_goes_forward",
    )


def test_a_move_that_is_too_far_changes_nothing(scenario, monkeypatch):
    monkeypatch.setattr(testing_clock, "MAX_STEPS", 5)
    subscription = scenario.subscribe()
    response = scenario.api.post(CLOCK, {"at": "2026-12-31T00:00:00Z"})
    assert (response.status_code, response.json()["code"]) == (409, "clock_too_far")
    assert scenario.read(subscription) == subscription
    scenario.move_clock("2026-05-01T00:00:00Z")


@pytest.mark.parametrize(
    ("module", "limit", "at"),
    [
        (testing_clock, "MAX_STEPS", "2026-06-01T00:00:00Z"),
        # The steps of one subscription are counted without the first.
        (subscription_advance, "MAX_STEPS_IN_MOVE", "2026-07-01T00:00:00Z"),
    ],
)
def test_a_move_up_to_a_limit_is_made(scenario, monkeypatch, module, limit, at):
    monkeypatch.setattr(module, limit, 5)
    subscription = scenario.subscribe(start_date="2026-01-01T00:00:00Z")
    scenario.move_clock(at)
    assert scenario.read(subscription)["current_period_start"] == at


def test_a_move_with_exactly_as_many_steps_is_made(scenario, monkeypatch):
    """A cancellation is the last step, so one is counted and taken."""
    monkeypatch.setattr(testing_clock, "MAX_STEPS", 1)
    subscription = scenario.subscribe()
    scenario.act(subscription, "cancel", cancel_at_period_end=True)
    scenario.move_clock("2026-12-31T00:00:00Z")
    assert scenario.read(subscription)["status"] == "CANCELED"


def test_an_organization_with_subscriptions_stays_as_it_is(
    acme_api, globex_api, scenario
):
    response = globex_api.post(CLOCK, {"at": "2027-01-01T00:00:00Z"})
    assert response.json()["code"] == "not_a_test_organization"
    back = scenario.api.patch("/api/v1/organization", {"is_test": False})
    assert (back.status_code, back.json()["code"]) == (409, "test_for_good")
    customer = {"name": "A", "email": "a@b.co"}
    body = {
        "customer_id": globex_api.post("/api/v1/customers", customer).json()["id"],
        "plan_id": globex_api.post("/api/v1/plans", {"name": "Pro"}).json()["id"],
    }
    assert globex_api.post(URL, body).status_code == 201
    late = globex_api.patch("/api/v1/organization", {"is_test": True})
    assert (late.status_code, late.json()["code"]) == (409, "test_from_the_start")


def test_viewers_do_not_move_the_clock(scenario, member):
    response = member("VIEWER").post(CLOCK, {"at": "2027-01-01T00:00:00Z"})
    assert response.status_code == 403


def test_times_of_any_size_are_answered(scenario):
    for at in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "x", None):
        assert scenario.api.post(CLOCK, {"at": at}).status_code == 422
    subscription = scenario.subscribe(
        start_date="2999-12-31T00:00:00Z", billing_interval="year"
    )
    assert subscription["current_period_end"] == "3000-12-31T00:00:00Z"
    for start in ("0001-01-01T00:00:00Z", "3000-01-01T00:00:00Z"):
        body = {
            "customer_id": subscription["customer_id"],
            "plan_id": subscription["plan_id"],
        }
        response = scenario.api.post(URL, body | {"start_date": start})
        assert response.status_code == 422
    assert Subscription.objects.count() == 1
