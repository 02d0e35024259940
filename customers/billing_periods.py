"""Billing periods on the calendar, in UTC.

The functions of sql/billing_periods.sql compute the same; property tests compare them.
"""

from calendar import monthrange
from datetime import datetime, timedelta

MONTHS = {"month": 1, "year": 12}
DAYS = {"day": 1, "week": 7}
# After a pause, a period ends less than this off its boundary (see `steps_to`).
HALF_A_MONTH = timedelta(days=15)


def period_boundary(anchor: datetime, interval: str, steps: int) -> datetime:
    """The start of the period that begins `steps` intervals after the anchor.

    In a month without the anchor's day it is the last day, and the anchor's day again
    afterwards: 31 January, 28 February, 31 March.
    """
    if interval in DAYS:
        return anchor + timedelta(days=DAYS[interval] * steps)
    year, month = divmod(
        anchor.year * 12 + anchor.month - 1 + MONTHS[interval] * steps, 12
    )
    day = min(anchor.day, monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


def steps_to(anchor: datetime, interval: str, time: datetime) -> int:
    """The number of intervals from the anchor to the boundary nearest to `time`.

    A pause moves the anchor and the end of the current period by the same time. Months
    differ in length, so this end may then be some days off its boundary.
    """
    if interval in DAYS:
        return (time - anchor) // timedelta(days=DAYS[interval])
    first = anchor.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    near = time - (anchor - first) + HALF_A_MONTH
    months = (near.year - anchor.year) * 12 + near.month - anchor.month
    return months // MONTHS[interval]


def next_boundary(anchor: datetime, interval: str, time: datetime) -> datetime:
    """The first boundary after `time`, which may be before the anchor."""
    steps = steps_to(anchor, interval, time)
    near = period_boundary(anchor, interval, steps)
    return near if near > time else period_boundary(anchor, interval, steps + 1)
