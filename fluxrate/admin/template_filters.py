"""Filters of every template: times with their zone, grouped numbers, cells of lists."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.template import Library
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext

from .html import kind_badge
from .language import grouped, word

register = Library()
register.filter(word)
register.filter(grouped)


@register.filter
def moment(value: datetime | None) -> str:
    """A `<time>` in the reader's zone with its name; its attribute is in UTC."""
    if value is None:
        return "—"
    text = f"{localtime(value):%Y-%m-%d %H:%M:%S %Z}"
    iso = value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return format_html('<time datetime="{}">{}</time>', iso, text)


@register.filter
def kind(organization: object) -> str:
    """The badge of a test or a live organization; "" without one."""
    is_test: bool | None = getattr(organization, "is_test", None)
    return "" if is_test is None else kind_badge(is_test)


@register.filter
def in_words(code: str) -> str:
    """`PAST_DUE` as `Past due`, `external_id` as `external id`; translated."""
    text = code.replace("_", " ")
    return gettext(text.capitalize() if code.isupper() else text)


@register.filter
def error_links(form: BaseForm) -> list[tuple[str, str, str]]:
    """The id of the input, the label and the sentence of each error of a field."""
    return [
        (bound.id_for_label or bound.auto_id, str(bound.label), _sentence(error))
        for bound in form
        for error in bound.errors.as_data()
    ]


def _sentence(error: ValidationError) -> str:
    """Of a conflict, the inputs stand at the field alone."""
    is_conflict = error.code == "conflict"
    return gettext("choose a value.") if is_conflict else " ".join(error.messages)


@register.filter
def labelled(
    cells: Iterable[SafeString], headers: Iterable[Mapping[str, object]]
) -> SafeString:
    """A row's cells, each with its column's name, which a card of a phone shows.

    The first cell is the heading of the card.
    """
    parts = []
    for cell, header in zip(cells, headers, strict=False):
        tag, _, rest = str(cell).replace(' nowrap"', '"', 1).partition(" ")
        text = str(header["text"])
        is_named = tag == "<td" and not text.startswith("<")
        label = f' data-col="{escape(capfirst(text))}"' if is_named else ""
        parts.append(f"{tag}{label} {rest}")
    # Django has escaped the cells.
    return SafeString("".join(parts))  # nosec B703
