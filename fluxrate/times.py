"""The times that callers may name."""

from datetime import UTC, datetime

from django.core.exceptions import ValidationError

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


def validate_time(value: datetime) -> None:
    """Refuse a time that no record can have."""
    if not EARLIEST <= value < LATEST:
        raise ValidationError(
            f"A time from {EARLIEST:%Y} to before {LATEST:%Y} is needed.", code="range"
        )
