"""How far behind a subscription may be: where it begins, is acted on, or time moves."""

import time

import pytest

from customers import testing_clock
from customers.models import Subscription, subscription_advance
from fluxrate.models import Event
from organizations.models import Organization

from .subscribers import URL, Stage, day

CLOCK = "/api/v1/organization/clock"
LONG_AGO = "1900-01-01T00:00:00Z"


@pytest.fixture
def stage(acme):
    return Stage(acme)


def new(stage, **fields):
    body = {"customer_id": stage.customer["id"], "plan_id": stage.plan["id"]}
    return stage.api.post(URL, body | fields)


def put_clock(stage, at):
    """As if nothing had let time pass until then."""
    rows = Organization.objects.filter(pk=stage.organization.pk)
    rows.update(clock_at=at)


@pytest.mark.parametrize("trial", [{}, {"trial_end_date": "1900-02-01T00:00:00Z"}])
def test_a_start_too_long_ago_is_refused_with_what_to_do(stage, trial):
    answer = new(stage, start_date=LONG_AGO, billing_interval="day", **trial)
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert (error["field"], error["code"]) == ("start_date", "too_long_ago")
    assert "1,000" in error["message"]
    assert "billing_anchor" in error["message"]
    assert not Subscription.objects.exists()


def test_what_the_words_say_works(stage):
    one = stage.subscribe(
        start_date="2026-01-01T00:00:00Z",
        billing_anchor=LONG_AGO,
        billing_interval="day",
    )
    assert one["current_period_end"] == "2026-01-02T00:00:00Z"


@pytest.mark.parametrize(
    ("interval", "last", "first_refused"),
    [
        ("day", "2023-05-07T00:00:00Z", "2023-05-05T00:00:00Z"),
        ("week", "2006-12-03T00:00:00Z", "2006-11-01T00:00:00Z"),
        ("month", "1942-10-31T00:00:00Z", "1942-07-31T00:00:00Z"),
        ("year", LONG_AGO, None),
    ],
)
def test_a_thousand_missed_periods_are_possible(stage, interval, last, first_refused):
    assert stage.subscribe(start_date=last, billing_interval=interval)
    if first_refused:
        answer = new(stage, start_date=first_refused, billing_interval=interval)
        assert answer.status_code == 422


@pytest.mark.parametrize("interval", ["day", "month"])
def test_an_action_on_what_is_far_behind_is_refused_at_once(stage, interval):
    one = stage.subscribe(billing_interval=interval)
    put_clock(stage, "2056-01-31T00:00:00Z")
    events = Event.objects.count()
    begun = time.monotonic()
    answer = stage.act(one, "pause")
    assert time.monotonic() - begun < 5
    assert (answer.status_code, answer.json()["code"]) == (409, "far_behind")
    assert Event.objects.count() == events


def test_a_hundred_missed_periods_pass_before_an_action(stage):
    one = stage.subscribe(billing_interval="day")
    put_clock(stage, "2026-05-10T00:00:00Z")
    after = stage.act(one, "pause").json()
    assert after["current_period_start"] == "2026-05-10T00:00:00Z"
    assert after["revision"] == 1 + 99 + 1


@pytest.mark.parametrize(
    ("interval", "at"),
    [("day", "2999-12-31T00:00:00Z"), ("month", "2200-01-01T00:00:00Z")],
)
def test_a_clock_that_moves_very_far_is_refused_in_no_time(stage, interval, at):
    one = stage.subscribe(billing_interval=interval)
    begun = time.monotonic()
    answer = stage.api.post(CLOCK, {"at": at})
    assert time.monotonic() - begun < 5
    assert (answer.status_code, answer.json()["code"]) == (409, "clock_too_far")
    assert answer.json()["errors"][0]["field"] == "at"
    assert stage.read(one) == one


def test_many_steps_of_many_are_counted_together(stage, monkeypatch):
    monkeypatch.setattr(testing_clock, "MAX_STEPS", 60)
    for _ in range(5):
        stage.subscribe(billing_interval="month")
    answer = stage.api.post(CLOCK, {"at": "2027-02-28T00:00:00Z"})
    assert answer.json()["code"] == "clock_too_far"
    stage.move("2027-01-30T00:00:00Z")


@pytest.mark.parametrize("interval", ["day", "week", "month", "year"])
@pytest.mark.parametrize("length", [0, 1, 27, 31, 59, 365, 1000])
def test_the_count_is_never_over_what_happens(stage, interval, length):
    """Or a move that is possible would be refused."""
    one = stage.subscribe(billing_interval=interval)
    at = day("2026-01-31") + (day("2026-01-02") - day("2026-01-01")) * length
    which = "id = %(subscription)s"
    counted, _ = subscription_advance.count_due_steps(
        which, at=at, subscription=one["id"]
    )
    happened = 0
    while subscription_advance.step(
        subscription_advance.ONE_SUBSCRIPTION, at=at, limit=1, subscription=one["id"]
    ):
        happened += 1
    assert counted <= happened <= counted + 1 or counted == happened == 0
