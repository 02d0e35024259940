"""Times: RFC 3339, between the bounds that PostgreSQL and Python share."""

import re
from datetime import UTC, datetime

from django.core.exceptions import ValidationError

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
_TIME = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](?P<time>(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)"
    r"(?:(?<=:\d\d:\d\d)\.(?P<fraction>\d+))?"
    r"(?P<offset>[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?",
    re.ASCII,
)


def is_in_range(value: datetime) -> bool:
    return EARLIEST <= value < LATEST


def validate_time(value: datetime) -> None:
    if not is_in_range(value):
        raise ValidationError(
            f"A time from {EARLIEST:%Y} to before {LATEST:%Y} is needed.", code="range"
        )


def parse_time(text: str) -> datetime | None:
    """The time in UTC, since PostgreSQL takes no offsets of 16 hours; None otherwise.

    A text without an offset is in UTC; a date alone is its midnight. Digits beyond
    microseconds are cut off.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    fraction = (match["fraction"] or "0")[:6]
    offset = (match["offset"] or "Z").upper()
    clock = match["time"] or "00:00"
    seconds = clock if clock.count(":") == 2 else f"{clock}:00"
    try:
        time = datetime.fromisoformat(
            f"{match['date']}T{seconds}.{fraction:0<6}{offset}"
        )
        return time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
