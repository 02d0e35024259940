"""The anchor: it moves by the whole paused time, and may be named on creation."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.billing_periods import boundary, boundary_after, steps_to
from customers.models import Subscription

from .subscribers import URL, Stage, day
from .test_billing_periods import ANCHORS, INTERVALS

QUICK = settings(max_examples=200, deadline=None)
PAUSES = st.lists(
    st.tuples(
        st.floats(min_value=0, max_value=1),
        st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=800)),
    ),
    max_size=4,
)


@pytest.fixture
def stage(acme):
    return Stage(acme)


def starts(stage, one, until):
    """The starts of the periods up to a time, from the events."""
    stage.move(until)
    found = [event["data"]["current_period_start"] for event in stage.events(one)]
    return list(dict.fromkeys(found))


def pause(stage, one, begins, ends):
    stage.move(begins)
    assert stage.act(one, "pause").status_code == 200
    stage.move(ends)
    return stage.act(one, "resume").json()


def test_five_minutes_in_february_leave_the_31st_where_it_is(stage):
    one = stage.subscribe()
    after = pause(stage, one, "2026-02-10T00:00:00Z", "2026-02-10T00:05:00Z")
    assert after["billing_anchor"] == "2026-01-31T00:05:00Z"
    assert after["current_period_end"] == "2026-02-28T00:05:00Z"
    assert starts(stage, one, "2026-06-01T00:00:00Z")[1:] == [
        "2026-02-28T00:05:00Z",
        "2026-03-31T00:05:00Z",
        "2026-04-30T00:05:00Z",
        "2026-05-31T00:05:00Z",
    ]


def test_time_resumes_as_a_caller_does(stage):
    one = stage.subscribe()
    stage.move("2026-02-10T00:00:00Z")
    stage.act(one, "pause", resumes_at="2026-02-10T00:05:00Z")
    assert starts(stage, one, "2026-05-01T00:00:00Z")[1:] == [
        "2026-02-28T00:05:00Z",
        "2026-03-31T00:05:00Z",
        "2026-04-30T00:05:00Z",
    ]


def test_a_paused_day_is_not_lost_to_a_short_month(stage):
    """The end moves by the day, from 28 February; the 30th becomes the 31st."""
    one = stage.subscribe(start_date="2026-01-30T00:00:00Z")
    after = pause(stage, one, "2026-02-10T00:00:00Z", "2026-02-11T00:00:00Z")
    assert after["billing_anchor"] == "2026-01-31T00:00:00Z"
    assert after["current_period_end"] == "2026-03-01T00:00:00Z"
    assert starts(stage, one, "2026-05-01T00:00:00Z")[1:] == [
        "2026-03-01T00:00:00Z",
        "2026-03-31T00:00:00Z",
        "2026-04-30T00:00:00Z",
    ]


@given(ANCHORS, INTERVALS, st.integers(min_value=0, max_value=240), PAUSES)
@QUICK
def test_no_pause_makes_a_period_that_is_not_one_interval(
    anchor, interval, steps, pauses
):
    """Whatever is paused: the period after it ends one boundary further on."""
    moved, end = anchor, boundary(anchor, interval, steps + 1)
    for _, length in pauses:
        moved, end = moved + length, end + length
    assert steps_to(moved, interval, end) == steps + 1
    shortest, longest = {
        "day": (1, 1),
        "week": (7, 7),
        "month": (22, 37),
        "year": (359, 372),
    }[interval]
    length = boundary(moved, interval, steps + 2) - end
    assert timedelta(days=shortest) <= length <= timedelta(days=longest)


@pytest.mark.parametrize("interval", ["day", "week", "month", "year"])
def test_pauses_add_up_in_the_anchor_and_in_the_end(stage, interval):
    start = day("2026-01-31")
    made = stage.subscribe(billing_interval=interval)

    @given(PAUSES)
    @settings(max_examples=20, deadline=None)
    def agree(pauses):
        one, paused = Subscription.objects.get(pk=made["id"]), timedelta(0)
        with transaction.atomic():
            for share, length in pauses:
                period = one.current_period_end - one.current_period_start
                began = one.current_period_start + period * share
                one.pause(at=began)
                one.resume(at=began + length)
                paused += length
            one.refresh_from_db()
            transaction.set_rollback(True)
        assert one.billing_anchor == start + paused
        assert one.current_period_end == boundary(start, interval, 1) + paused

    agree()


def test_postgres_finds_the_same_next_boundary(db):
    times = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3000))

    @given(ANCHORS, INTERVALS, times)
    @QUICK
    def agree(anchor, interval, gap):
        for moment in (anchor + gap, anchor - min(gap, anchor - day("1900-01-01"))):
            found = boundary_after(anchor, interval, moment)
            steps = steps_to(anchor, interval, found)
            assert boundary(anchor, interval, steps - 1) <= moment < found
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT billing_boundary_after(%s, %s, %s), "
                    "billing_steps(%s, %s, %s)",
                    [anchor, interval, moment] * 2,
                )
                assert cursor.fetchone() == (
                    found,
                    steps_to(anchor, interval, moment),
                )

    agree()


def test_an_import_keeps_its_billing_day(stage):
    one = stage.subscribe(billing_anchor="2020-05-15T00:00:00Z")
    assert one["current_period_start"] == "2026-01-31T00:00:00Z"
    assert one["billing_anchor"] == "2020-05-15T00:00:00Z"
    assert starts(stage, one, "2026-05-01T00:00:00Z") == [
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
def test_an_anchor_may_lie_anywhere(stage, anchor, interval, ends):
    one = stage.subscribe(billing_anchor=anchor, billing_interval=interval)
    found = [one["current_period_end"]]
    for _ in ends[1:]:
        stage.move(found[-1])
        found.append(stage.read(one)["current_period_end"])
    assert [each[:10] for each in found] == ends


def test_after_a_trial_the_first_period_ends_at_the_anchor(stage):
    one = stage.subscribe(
        trial_end_date="2026-02-10T00:00:00Z", billing_anchor="2026-01-01T00:00:00Z"
    )
    stage.move("2026-02-10T00:00:00Z")
    after = stage.read(one)
    assert after["current_period_start"] == "2026-02-10T00:00:00Z"
    assert after["current_period_end"] == "2026-03-01T00:00:00Z"


def test_a_trial_that_is_ended_early_keeps_an_anchor_that_was_named(stage):
    trial = {"trial_end_date": "2026-02-10T00:00:00Z"}
    named = stage.subscribe(**trial, billing_anchor="2026-01-20T00:00:00Z")
    own = stage.subscribe(**trial)
    stage.move("2026-02-05T00:00:00Z")
    after = stage.act(named, "activate").json()
    assert after["current_period_end"] == "2026-02-20T00:00:00Z"
    after = stage.act(own, "activate").json()
    assert after["billing_anchor"] == "2026-02-05T00:00:00Z"


def test_an_anchor_is_named_once(stage):
    one = stage.subscribe()
    anchor = {"billing_anchor": "2026-01-15T00:00:00Z"}
    answer = stage.api.patch(f"{URL}/{one['id']}", anchor)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "billing_anchor"
    for bad in ("0001-01-01T00:00:00Z", "3000-01-01T00:00:00Z", "x", 5, None):
        body = {"customer_id": stage.customer["id"], "plan_id": stage.plan["id"]}
        answer = stage.api.post(URL, body | {"billing_anchor": bad})
        assert answer.status_code == 422, bad
        assert answer.json()["errors"][0]["field"] == "billing_anchor"
