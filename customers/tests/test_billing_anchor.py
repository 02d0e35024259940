"""The billing anchor: moved by pauses, and set on creation."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from customers.billing_periods import next_boundary, period_boundary, steps_to
from customers.models import Subscription
from customers.models.subscription_actions import BY_NAME
from customers.models.subscription_changes import action_changes

from .subscription_scenario import URL, day
from .test_billing_periods import ANCHORS, INTERVALS

QUICK = settings(max_examples=200, deadline=None)
PAUSES = st.lists(
    st.tuples(
        st.floats(min_value=0, max_value=1),
        st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=800)),
    ),
    max_size=4,
)


def period_starts(scenario, subscription, until):
    """The starts of the periods up to a time, from the events."""
    scenario.move_clock(until)
    starts = [
        event["data"]["current_period_start"] for event in scenario.events(subscription)
    ]
    return list(dict.fromkeys(starts))


def pause(scenario, subscription, begins, ends):
    scenario.move_clock(begins)
    assert scenario.act(subscription, "pause").status_code == 200
    scenario.move_clock(ends)
    return scenario.act(subscription, "resume").json()


def test_five_minutes_in_february_leave_the_31st_where_it_is(scenario):
    subscription = scenario.subscribe()
    after = pause(
        scenario, subscription, "2026-02-10T00:00:00Z", "2026-02-10T00:05:00Z"
    )
    assert after["billing_anchor"] == "2026-01-31T00:05:00Z"
    assert after["current_period_end"] == "2026-02-28T00:05:00Z"
    assert period_starts(scenario, subscription, "2026-06-01T00:00:00Z")[1:] == [
        "2026-02-28T00:05:00Z",
        "2026-03-31T00:05:00Z",
        "2026-04-30T00:05:00Z",
        "2026-05-31T00:05:00Z",
    ]


def test_a_resumption_by_time_equals_one_by_a_caller(scenario):
    subscription = scenario.subscribe()
    scenario.move_clock("2026-02-10T00:00:00Z")
    scenario.act(subscription, "pause", resumes_at="2026-02-10T00:05:00Z")
    assert period_starts(scenario, subscription, "2026-05-01T00:00:00Z")[1:] == [
        "2026-02-28T00:05:00Z",
        "2026-03-31T00:05:00Z",
        "2026-04-30T00:05:00Z",
    ]


def test_a_paused_day_is_not_lost_to_a_short_month(scenario):
    """The end moves by the day, from 28 February; the 30th becomes the 31st."""
    subscription = scenario.subscribe(start_date="2026-01-30T00:00:00Z")
    after = pause(
        scenario, subscription, "2026-02-10T00:00:00Z", "2026-02-11T00:00:00Z"
    )
    assert after["billing_anchor"] == "2026-01-31T00:00:00Z"
    assert after["current_period_end"] == "2026-03-01T00:00:00Z"
    assert period_starts(scenario, subscription, "2026-05-01T00:00:00Z")[1:] == [
        "2026-03-01T00:00:00Z",
        "2026-03-31T00:00:00Z",
        "2026-04-30T00:00:00Z",
    ]


@given(ANCHORS, INTERVALS, st.integers(min_value=0, max_value=240), PAUSES)
@QUICK
def test_no_pause_makes_a_period_that_is_not_one_interval(
    anchor, interval, steps, pauses
):
    """The period after any pauses ends at the next boundary."""
    moved, end = anchor, period_boundary(anchor, interval, steps + 1)
    for _, length in pauses:
        moved, end = moved + length, end + length
    assert steps_to(moved, interval, end) == steps + 1
    shortest, longest = {
        "day": (1, 1),
        "week": (7, 7),
        "month": (22, 37),
        "year": (359, 372),
    }[interval]
    length = period_boundary(moved, interval, steps + 2) - end
    assert timedelta(days=shortest) <= length <= timedelta(days=longest)


def act(subscription, name, at):
    """As `perform`, for a subscription that has caught up: a period may end now."""
    changes = action_changes(subscription, BY_NAME[name], at=at)
    for field, value in changes.items():
        setattr(subscription, field, value)
    subscription.save(update_fields=list(changes))


@pytest.mark.parametrize("interval", ["day", "week", "month", "year"])
def test_pauses_add_up_in_the_anchor_and_in_the_end(scenario, interval):
    start = day("2026-01-31")
    created = scenario.subscribe(billing_interval=interval)

    @given(PAUSES)
    @settings(max_examples=20, deadline=None)
    def agree(pauses):
        subscription, paused = Subscription.objects.get(pk=created["id"]), timedelta(0)
        with transaction.atomic():
            for share, length in pauses:
                period = (
                    subscription.current_period_end - subscription.current_period_start
                )
                began = subscription.current_period_start + period * share
                act(subscription, "pause", at=began)
                act(subscription, "resume", at=began + length)
                paused += length
            subscription.refresh_from_db()
            transaction.set_rollback(True)
        assert subscription.billing_anchor == start + paused
        assert (
            subscription.current_period_end
            == period_boundary(start, interval, 1) + paused
        )

    agree()


def test_postgres_computes_the_same_next_boundary(db):
    times = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3000))

    # A second before the nearest boundary is the next month's.
    @example(day("2024-01-01"), "month", timedelta(days=16, seconds=-1))
    @given(ANCHORS, INTERVALS, times)
    @QUICK
    def agree(anchor, interval, gap):
        for moment in (anchor + gap, anchor - min(gap, anchor - day("1900-01-01"))):
            after = next_boundary(anchor, interval, moment)
            steps = steps_to(anchor, interval, after)
            assert period_boundary(anchor, interval, steps - 1) <= moment < after
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT billing_boundary_after(%s, %s, %s), "
                    "billing_steps(%s, %s, %s)",
                    [anchor, interval, moment] * 2,
                )
                assert cursor.fetchone() == (
                    after,
                    steps_to(anchor, interval, moment),
                )

    agree()


def test_an_import_keeps_its_billing_day(scenario):
    subscription = scenario.subscribe(billing_anchor="2020-05-15T00:00:00Z")
    assert subscription["current_period_start"] == "2026-01-31T00:00:00Z"
    assert subscription["billing_anchor"] == "2020-05-15T00:00:00Z"
    assert period_starts(scenario, subscription, "2026-05-01T00:00:00Z") == [
        "2026-01-31T00:00:00Z",
        "2026-02-15T00:00:00Z",
        "2026-03-15T00:00:00Z",
        "2026-04-15T00:00:00Z",
    ]


@pytest.mark.parametrize(
    ("anchor", "interval", "ends"),
    [
        ("2019-12-31T00:00:00Z", "month", ["2026-02-28", "2026-03-31", "2026-04-30"]),
        ("2030-12-31T00:00:00Z", "month", ["2026-02-28", "2026-03-31", "2026-04-30"]),
        ("2026-01-31T00:00:00Z", "month", ["2026-02-28", "2026-03-31", "2026-04-30"]),
        ("2024-02-29T00:00:00Z", "year", ["2026-02-28", "2027-02-28", "2028-02-29"]),
        ("2026-02-02T00:00:00Z", "week", ["2026-02-02", "2026-02-09", "2026-02-16"]),
        ("2026-03-01T06:00:00Z", "day", ["2026-01-31", "2026-02-01", "2026-02-02"]),
    ],
)
def test_an_anchor_may_lie_anywhere(scenario, anchor, interval, ends):
    subscription = scenario.subscribe(billing_anchor=anchor, billing_interval=interval)
    actual = [subscription["current_period_end"]]
    for _ in ends[1:]:
        scenario.move_clock(actual[-1])
        actual.append(scenario.read(subscription)["current_period_end"])
    assert [end[:10] for end in actual] == ends


def test_after_a_trial_the_first_period_ends_at_the_anchor(scenario):
    subscription = scenario.subscribe(
        trial_end_date="2026-02-10T00:00:00Z", billing_anchor="2026-01-01T00:00:00Z"
    )
    scenario.move_clock("2026-02-10T00:00:00Z")
    after = scenario.read(subscription)
    assert after["current_period_start"] == "2026-02-10T00:00:00Z"
    assert after["current_period_end"] == "2026-03-01T00:00:00Z"


def test_a_trial_that_is_ended_early_keeps_an_explicit_anchor(scenario):
    trial = {"trial_end_date": "2026-02-10T00:00:00Z"}
    named = scenario.subscribe(**trial, billing_anchor="2026-01-20T00:00:00Z")
    own = scenario.subscribe(**trial)
    scenario.move_clock("2026-02-05T00:00:00Z")
    after = scenario.act(named, "activate").json()
    assert after["current_period_end"] == "2026-02-20T00:00:00Z"
    after = scenario.act(own, "activate").json()
    assert after["billing_anchor"] == "2026-02-05T00:00:00Z"


def test_an_anchor_is_set_only_on_creation(scenario):
    subscription = scenario.subscribe()
    anchor = {"billing_anchor": "2026-01-15T00:00:00Z"}
    response = scenario.api.patch(f"{URL}/{subscription['id']}", anchor)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "billing_anchor"
    for bad in ("0001-01-01T00:00:00Z", "3000-01-01T00:00:00Z", "x", 5, None):
        body = {"customer_id": scenario.customer["id"], "plan_id": scenario.plan["id"]}
        response = scenario.api.post(URL, body | {"billing_anchor": bad})
        assert response.status_code == 422, bad
        assert response.json()["errors"][0]["field"] == "billing_anchor"
