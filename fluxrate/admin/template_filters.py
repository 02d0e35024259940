"""Filters of every template: times with their zone, and grouped numbers."""

from datetime import UTC, datetime

from django.template import Library
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.timezone import localtime

register = Library()


@register.filter
def moment(value: datetime | None) -> str:
    """A `<time>` in the reader's zone with its name; its attribute is in UTC."""
    if value is None:
        return "—"
    text = f"{localtime(value):%Y-%m-%d %H:%M:%S %Z}"
    iso = value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return format_html('<time datetime="{}">{}</time>', iso, text)


@register.filter
def grouped(value: int) -> str:
    """`12,345`, or as the reader's language groups digits."""
    return number_format(value, force_grouping=True)
