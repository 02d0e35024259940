"""How many periods may have ended: on creation, before an action, in a clock's move."""

import time
from datetime import timedelta

import pytest

from customers import testing_clock
from customers.models import Subscription, subscription_advance
from fluxrate.models import Event

from .subscription_scenario import day

CLOCK = "/api/v1/organization/clock"
LONG_AGO = "1900-01-01T00:00:00Z"


@pytest.mark.parametrize("trial", [{}, {"trial_end_date": "1900-02-01T00:00:00Z"}])
def test_a_start_too_long_ago_is_refused_with_what_to_do(scenario, trial):
    response = scenario.post(start_date=LONG_AGO, billing_interval="day", **trial)
    assert response.status_code == 422
    error = response.json()["errors"][0]
    assert (error["field"], error["code"]) == ("start_date", "too_long_ago")
    assert "1,000" in error["message"]
    assert "billing_anchor" in error["message"]
    assert not Subscription.objects.exists()


def test_the_advice_of_the_error_works(scenario):
    subscription = scenario.subscribe(
        start_date="2026-01-01T00:00:00Z",
        billing_anchor=LONG_AGO,
        billing_interval="day",
    )
    assert subscription["current_period_end"] == "2026-01-02T00:00:00Z"


@pytest.mark.parametrize(
    ("interval", "last", "first_refused"),
    [
        ("day", "2023-05-06T00:00:00Z", "2023-05-05T00:00:00Z"),
        ("week", "2006-12-03T00:00:00Z", "2006-11-01T00:00:00Z"),
        ("month", "1942-10-31T00:00:00Z", "1942-07-31T00:00:00Z"),
        ("year", LONG_AGO, None),
    ],
)
def test_a_thousand_missed_periods_are_possible(
    scenario, interval, last, first_refused
):
    assert scenario.subscribe(start_date=last, billing_interval=interval)
    if first_refused:
        response = scenario.post(start_date=first_refused, billing_interval=interval)
        assert response.status_code == 422


@pytest.mark.parametrize("interval", ["day", "month"])
def test_an_action_on_a_subscription_far_behind_is_refused_quickly(scenario, interval):
    subscription = scenario.subscribe(billing_interval=interval)
    scenario.set_clock("2056-01-31T00:00:00Z")
    events = Event.objects.count()
    begun = time.monotonic()
    response = scenario.act(subscription, "pause")
    assert time.monotonic() - begun < 5
    assert (response.status_code, response.json()["code"]) == (409, "far_behind")
    assert Event.objects.count() == events


@pytest.mark.parametrize(("at", "status"), [(101, 200), (102, 409)])
def test_an_action_takes_some_hundred_due_steps_at_most(scenario, at, status):
    subscription = scenario.subscribe(billing_interval="day")
    scenario.set_clock((day("2026-01-31") + timedelta(days=at)).isoformat())
    assert scenario.act(subscription, "pause").status_code == status


def test_a_step_is_due_at_the_very_end_of_the_period(scenario):
    subscription = scenario.subscribe()
    scenario.set_clock(subscription["current_period_end"])
    after = scenario.act(subscription, "pause").json()
    assert after["current_period_start"] == subscription["current_period_end"]


def test_a_hundred_missed_periods_pass_before_an_action(scenario):
    subscription = scenario.subscribe(billing_interval="day")
    scenario.set_clock("2026-05-10T00:00:00Z")
    after = scenario.act(subscription, "pause").json()
    assert after["current_period_start"] == "2026-05-10T00:00:00Z"
    assert after["revision"] == 1 + 99 + 1


@pytest.mark.parametrize(
    ("interval", "at"),
    [("day", "2999-12-31T00:00:00Z"), ("month", "2200-01-01T00:00:00Z")],
)
def test_a_clock_that_moves_very_far_is_refused_quickly(scenario, interval, at):
    subscription = scenario.subscribe(billing_interval=interval)
    begun = time.monotonic()
    response = scenario.api.post(CLOCK, {"at": at})
    assert time.monotonic() - begun < 5
    assert (response.status_code, response.json()["code"]) == (409, "clock_too_far")
    assert response.json()["errors"][0]["field"] == "at"
    assert scenario.read(subscription) == subscription


def test_steps_of_many_subscriptions_are_counted_together(scenario, monkeypatch):
    monkeypatch.setattr(testing_clock, "MAX_STEPS", 60)
    for _ in range(5):
        scenario.subscribe(billing_interval="month")
    response = scenario.api.post(CLOCK, {"at": "2027-02-28T00:00:00Z"})
    assert response.json()["code"] == "clock_too_far"
    scenario.move_clock("2027-01-30T00:00:00Z")


@pytest.mark.parametrize("interval", ["day", "week", "month", "year"])
@pytest.mark.parametrize("length", [0, 1, 27, 31, 59, 365, 1000])
def test_the_count_is_never_above_the_steps_taken(scenario, interval, length):
    """Else a possible move would be refused."""
    subscription = scenario.subscribe(billing_interval=interval)
    ids = {
        "subscription": subscription["id"],
        "organization": subscription["organization_id"],
    }
    at = day("2026-01-31") + (day("2026-01-02") - day("2026-01-01")) * length
    which = "id = %(subscription)s"
    counted, _ = subscription_advance.count_due_steps(which, at=at, **ids)
    happened = 0
    one = subscription_advance.ONE_SUBSCRIPTION
    while subscription_advance.step(one, at=at, limit=1, **ids):
        happened += 1
    assert counted <= happened <= counted + 1 or counted == happened == 0
