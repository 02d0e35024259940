"""Dates as staff write them: ISO 8601 only, for 01/02/2026 is two different days."""

from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_current_timezone, is_naive, make_aware

DATE = "Write the date as YYYY-MM-DD, such as 2026-02-01."
TIME = "Write the time as HH:MM or HH:MM:SS, such as 14:30."


class ISODateTimeField(forms.SplitDateTimeField):
    """A date and a time; a whole ISO time may be pasted into the box of the date."""

    widget = AdminSplitDateTime
    default_error_messages: ClassVar[Any] = {"invalid_date": DATE, "invalid_time": TIME}

    def __init__(self, **options: Any) -> None:
        super().__init__(
            input_date_formats=["%Y-%m-%d"],
            input_time_formats=["%H:%M:%S", "%H:%M:%S.%f", "%H:%M"],
            **options,
        )

    def clean(self, value: Any) -> Any:
        date, time = value if isinstance(value, list) else (None, None)
        pasted = _pasted(str(date or "").strip())
        if pasted is None:
            return super().clean(value)
        if str(time or "").strip():
            raise ValidationError("The time is written twice.", code="invalid")
        return pasted


def _pasted(text: str) -> Any:
    """The time that an ISO 8601 text with a date and a time says."""
    if len(text) <= len("2026-02-01"):
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None:
        return None
    zone = get_current_timezone()
    return make_aware(found, zone) if is_naive(found) else found.astimezone(zone)
