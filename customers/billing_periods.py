"""Billing periods on the calendar, in UTC.

The SQL functions `billing_boundary`, `billing_steps` and `billing_boundary_after`
(customers' migrations) compute the same; a property test holds them together.
"""

from calendar import monthrange
from datetime import datetime, timedelta

from fluxrate.times import EARLIEST, LATEST, validate_time

__all__ = ["EARLIEST", "LATEST", "boundary", "boundary_after", "steps_to"]
__all__ += ["validate_time"]

MONTHS = {"month": 1, "year": 12}
DAYS = {"day": 1, "week": 7}
# More than a pause can part a period's end from its boundary (see `steps_to`).
HALF_A_MONTH = timedelta(days=15)


def boundary(anchor: datetime, interval: str, steps: int) -> datetime:
    """The start of the period that lies `steps` intervals behind the anchor.

    Months end where the anchor's day does not exist, and come back to it: 31 January,
    28 February, 31 March.
    """
    if interval in DAYS:
        return anchor + timedelta(days=DAYS[interval] * steps)
    year, month = divmod(
        anchor.year * 12 + anchor.month - 1 + MONTHS[interval] * steps, 12
    )
    day = min(anchor.day, monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


def steps_to(anchor: datetime, interval: str, time: datetime) -> int:
    """How many intervals lie between the anchor and the boundary nearest to `time`.

    A pause moves the anchor and the running period's end by the same time. Months are
    not of one length, so that end may then lie some days beside its boundary.
    """
    if interval in DAYS:
        return (time - anchor) // timedelta(days=DAYS[interval])
    first = anchor.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    near = time - (anchor - first) + HALF_A_MONTH
    months = (near.year - anchor.year) * 12 + near.month - anchor.month
    return months // MONTHS[interval]


def boundary_after(anchor: datetime, interval: str, time: datetime) -> datetime:
    """The first boundary later than `time`, which may lie before the anchor."""
    steps = steps_to(anchor, interval, time)
    near = boundary(anchor, interval, steps)
    return near if near > time else boundary(anchor, interval, steps + 1)
