"""The form field of a filter of a list."""

from dataclasses import dataclass
from typing import Self

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Model
from django.forms.utils import flatatt
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from fluxrate.api.filters import BooleanFilter, ListFilter, MapFilter

from .filter_sets import AutocompleteFilter, Choices, DayFilter, ListFilterSet

KINDS = {
    AutocompleteFilter: "autocomplete",
    BooleanFilter: "select",
    DayFilter: "date",
    ListFilter: "checkboxes",
    MapFilter: "pairs",
}


@dataclass(frozen=True)
class Control:
    """`kind` is autocomplete, checkboxes, date, pairs, select or text. A select
    has `attributes` if a script suggests its options, and the record that is chosen.
    """

    kind: str
    choices: Choices
    attributes: SafeString | None = None
    record: Model | None = None

    @classmethod
    def of(cls, filter_set: type[ListFilterSet], name: str, values: list[str]) -> Self:
        each = filter_set.base_filters[name]
        kinds = (kind for type_, kind in KINDS.items() if isinstance(each, type_))
        kind = next(kinds, "text")
        if not isinstance(each, AutocompleteFilter):
            return cls(kind, filter_set.choices_of(name))
        record = each.record(values[0]) if values else None
        choices = [(str(record.pk), str(record))] if record else []
        widget = AutocompleteSelect(each.source, admin.site)
        names = {"id": f"filter-{name}", "name": name}
        names["data-placeholder"] = gettext("Any")
        attributes = flatatt(widget.build_attrs(names))
        return cls(kind, choices, attributes, record)


@dataclass(frozen=True)
class Chip:
    """A filter, its values in words, and the URL of the list without it."""

    name: str
    label: str
    text: str
    url: str
    values: list[str]
    errors: list[str]
    control: Control | None = None
