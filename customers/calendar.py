"""Billing periods on the calendar, in UTC.

The SQL functions `billing_boundary` and `billing_steps` (customers' migrations) compute
the same; a property test holds the two together.
"""

from calendar import monthrange
from datetime import UTC, datetime, timedelta

from django.core.exceptions import ValidationError

MONTHS = {"month": 1, "year": 12}
DAYS = {"day": 1, "week": 7}
# Times that callers may name. Periods and pauses that begin within them end before
# the last year that Python and ISO 8601 can write, 9999.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


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
    """How many intervals lie between the anchor and one of its boundaries."""
    if interval in DAYS:
        return (time - anchor) // timedelta(days=DAYS[interval])
    months = (time.year - anchor.year) * 12 + time.month - anchor.month
    return months // MONTHS[interval]


def validate_time(value: datetime) -> None:
    """Refuse a time that no subscription can have."""
    if not EARLIEST <= value < LATEST:
        raise ValidationError(
            f"A time from {EARLIEST:%Y} to before {LATEST:%Y} is needed.", code="range"
        )
