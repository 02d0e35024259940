"""Billing periods on the calendar, in UTC."""

from calendar import monthrange
from datetime import datetime, timedelta

MONTHS = {"month": 1, "year": 12}
DAYS = {"day": 1, "week": 7}


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
