"""Form fields of the admin."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, cast

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_current_timezone, is_naive, make_aware
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fluxrate.api.parameters import quoted
from fluxrate.text import REASON_MAX_LENGTH, normalized, reason_text

INVALID_DATE = _("Write the date as YYYY-MM-DD, such as 2026-02-01.")
INVALID_TIME = _("Write the time as HH:MM or HH:MM:SS, such as 14:30.")


class ReasonField(forms.CharField):
    """The reason of a change, with the API's limits."""

    def __init__(self, **options: object) -> None:
        super().__init__(
            max_length=REASON_MAX_LENGTH,
            required=False,
            label=_("Reason"),
            help_text=_("Stored in the history."),
            widget=forms.TextInput(attrs={"class": "vTextField"}),
            **options,  # type: ignore[arg-type]
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str | bool]:
        """No `maxlength`: a browser silently cuts off a longer text on pasting."""
        attrs = super().widget_attrs(widget)
        return {name: attrs[name] for name in attrs if name != "maxlength"}

    def to_python(self, value: object) -> str:
        return reason_text(str(value or ""))


class TypedField(forms.CharField):
    """A text that must be typed as it is, to confirm what is dangerous."""

    def __init__(self, expected: str) -> None:
        self.expected = expected
        super().__init__(
            label=gettext("Type “%s” to confirm") % expected,
            required=False,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )

    def clean(self, value: object) -> str:
        if normalized(str(value or "")) != self.expected:
            raise ValidationError(gettext("Type it as it is: %s.") % self.expected)
        return self.expected


class ListedChoiceField(forms.TypedChoiceField):
    """One of the choices; the error lists them, as in the API."""

    def validate(self, value: object) -> None:
        choices = cast(Iterable[tuple[object, object]], self.choices)
        listed = [str(key) for key, _ in choices if key]
        is_none = not self.required and value in self.empty_values
        if not (is_none or str(value) in listed):
            text = f"{quoted(str(value))} is not one of {', '.join(listed)}."
            raise ValidationError(text, code="invalid_choice")


class LinesField(forms.CharField):
    """Text whose lines end with a line feed, as the database stores them."""

    def to_python(self, value: object) -> str | None:
        text = super().to_python(value)
        return None if text is None else text.replace("\r\n", "\n")


class ISODateTimeField(forms.SplitDateTimeField):
    """ISO 8601 only, since 01/02/2026 is two different days in two countries.

    The input of the date also takes a pasted ISO 8601 date and time.
    """

    widget = AdminSplitDateTime
    default_error_messages: ClassVar = {
        "invalid_date": INVALID_DATE,
        "invalid_time": INVALID_TIME,
    }

    def __init__(self, **options: object) -> None:
        super().__init__(
            input_date_formats=["%Y-%m-%d"],
            input_time_formats=["%H:%M:%S", "%H:%M:%S.%f", "%H:%M"],
            **options,  # type: ignore[arg-type]
        )

    def clean(self, value: list[str | None] | datetime | None) -> datetime | None:
        date, time = value if isinstance(value, list) else (None, None)
        pasted = _parse_date_and_time(str(date or "").strip())
        if pasted is None:
            cleaned: datetime | None = super().clean(value)
            return cleaned
        if str(time or "").strip():
            raise ValidationError(_("The time is written twice."), code="invalid")
        return pasted


def _parse_date_and_time(text: str) -> datetime | None:
    if len(text) <= len("2026-02-01"):
        return None
    try:
        parsed = parse_datetime(text)
    except ValueError:
        return None
    if parsed is None:
        return None
    zone = get_current_timezone()
    return make_aware(parsed, zone) if is_naive(parsed) else parsed.astimezone(zone)
