"""Billing periods in Python, and the same in PostgreSQL."""

from datetime import UTC, datetime, timedelta

from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.billing_periods import period_boundary, steps_to
from customers.models import BillingInterval
from fluxrate.times import EARLIEST, LATEST

INTERVALS = st.sampled_from(BillingInterval.values)
ANCHORS = st.datetimes(
    min_value=EARLIEST.replace(tzinfo=None),
    max_value=LATEST.replace(tzinfo=None) - timedelta(days=1),
    timezones=st.just(UTC),
)
STEPS = st.integers(min_value=0, max_value=2400)
QUICK = settings(max_examples=200, deadline=None)


def day(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def days(anchor, interval, steps):
    return [str(period_boundary(day(anchor), interval, n).date()) for n in range(steps)]


def in_postgres(anchor, interval, steps):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM "
            "billing_boundary(%(anchor)s, %(interval)s, %(steps)s)), "
            "billing_steps(%(anchor)s, %(interval)s, "
            "billing_boundary(%(anchor)s, %(interval)s, %(steps)s))",
            {"anchor": anchor, "interval": interval, "steps": steps},
        )
        seconds, counted = cursor.fetchone()
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + timedelta(microseconds=int(seconds * 1_000_000)), counted


def test_the_31st_ends_with_the_month_and_comes_back():
    assert days("2023-12-31", "month", 5) == [
        "2023-12-31",
        "2024-01-31",
        "2024-02-29",
        "2024-03-31",
        "2024-04-30",
    ]
    assert days("2025-01-31", "month", 3)[1:] == ["2025-02-28", "2025-03-31"]


def test_a_leap_day_comes_back_every_fourth_year():
    assert days("2024-02-29", "year", 5) == [
        "2024-02-29",
        "2025-02-28",
        "2026-02-28",
        "2027-02-28",
        "2028-02-29",
    ]


def test_weeks_and_days():
    assert days("2026-12-28", "week", 2) == ["2026-12-28", "2027-01-04"]
    assert days("2026-12-31", "day", 2) == ["2026-12-31", "2027-01-01"]


def test_a_day_has_24_hours_in_every_time_zone(db):
    """29 March and 25 October 2026 have 23 and 25 hours in Berlin."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'Europe/Berlin'")
    for start in ("2026-03-28T01:30", "2026-10-24T00:30"):
        anchor = day(start)
        for steps in range(4):
            expected = anchor + timedelta(hours=24 * steps)
            assert period_boundary(anchor, "day", steps) == expected
            assert in_postgres(anchor, "day", steps) == (expected, steps)
        assert in_postgres(anchor, "month", 1)[0] == period_boundary(anchor, "month", 1)


@given(ANCHORS, INTERVALS, STEPS)
@QUICK
def test_periods_follow_without_gap_or_overlap(anchor, interval, steps):
    start, end = (period_boundary(anchor, interval, steps + n) for n in (0, 1))
    assert start < end
    assert (end.hour, end.minute, end.microsecond) == (
        anchor.hour,
        anchor.minute,
        anchor.microsecond,
    )
    longest = {"day": 1, "week": 7, "month": 31, "year": 366}[interval]
    assert end - start <= timedelta(days=longest)


@given(ANCHORS, INTERVALS, STEPS)
@QUICK
def test_the_anchor_never_drifts(anchor, interval, steps):
    """Many single steps equal one long step."""
    walked, known = anchor, 0
    for _ in range(min(steps, 60)):
        known = steps_to(anchor, interval, walked) + 1
        walked = period_boundary(anchor, interval, known)
    assert known == min(steps, 60)
    assert walked == period_boundary(anchor, interval, known)
    assert walked.day == anchor.day or (
        interval in {"day", "week"} or (walked + timedelta(days=1)).day == 1
    )


def test_postgres_computes_the_same(db):
    @given(ANCHORS, INTERVALS, STEPS)
    @QUICK
    def agree(anchor, interval, steps):
        expected = period_boundary(anchor, interval, steps)
        assert in_postgres(anchor, interval, steps) == (expected, steps)
        assert steps_to(anchor, interval, expected) == steps

    agree()
