"""Filters of every template: times with their zone, grouped numbers, cells of lists."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from django.template import Library
from django.utils.formats import number_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
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


@register.filter
def labelled(
    cells: Iterable[SafeString], headers: Iterable[Mapping[str, object]]
) -> SafeString:
    """A row's cells, each with its column's name, which a card of a phone shows."""
    parts = []
    for cell, header in zip(cells, headers, strict=False):
        text = str(header["text"])
        label = "" if text.startswith("<") else escape(capfirst(text))
        name, _, rest = str(cell).partition(" ")
        parts.append(f'{name} data-label="{label}" {rest}')
    # Django has escaped the cells.
    return SafeString("".join(parts))  # nosec B703
