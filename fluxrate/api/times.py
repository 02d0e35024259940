"""One reading of times, in bodies, queries and commands: RFC 3339, and no guessing."""

import re
from datetime import UTC, datetime

TIME_NEEDED = (
    "An RFC 3339 time is needed, such as 2025-01-15T10:30:00Z; "
    "the plus of an offset is written %2B."
)
_TIME = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](?P<time>(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)"
    r"(?:(?<=:\d\d:\d\d)\.(?P<fraction>\d+))?"
    r"(?P<offset>[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?",
    re.ASCII,
)


def moment(text: str) -> datetime | None:
    """The time that the text says, in UTC; None where it says none.

    Without an offset it is UTC, and a date alone is its first moment. Digits beyond
    microseconds are cut off. In UTC, since PostgreSQL takes no offsets of 16 hours.
    """
    written = _TIME.fullmatch(text)
    if written is None:
        return None
    fraction = (written["fraction"] or "0")[:6]
    offset = (written["offset"] or "Z").upper()
    time = written["time"] or "00:00"
    seconds = time if time.count(":") == 2 else f"{time}:00"
    try:
        found = datetime.fromisoformat(
            f"{written['date']}T{seconds}.{fraction:0<6}{offset}"
        )
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
