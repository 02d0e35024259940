"""Filter sets of the admin's lists: the API's filters, and some for a form."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import ClassVar

import django_filters
from django import forms
from django.db.models import ForeignKey, Model, QuerySet
from django.utils.timezone import make_aware

from fluxrate.api.filters import FilterSet, MapField, MapFilter, MapWidget
from fluxrate.times import validate_time

# Lookups in the words of a chip.
LOOKUPS = {
    "exact": "",
    "gt": "after",
    "gte": "from",
    "isnull": "missing",
    "lt": "before",
    "lte": "until",
}
Choices = Sequence[tuple[str, str]]


class DayField(forms.DateField):
    """A day whose times PostgreSQL and Python share."""

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value is not None:
            validate_time(make_aware(datetime.combine(value, time.min)))


class DayFilter(django_filters.Filter):
    """Times since the beginning of a day (`gte`) or until its end (`lte`), in the
    current time zone.
    """

    field_class = DayField

    def filter(self, queryset: QuerySet, value: date | None) -> QuerySet:
        if value is None:
            return queryset
        clock = time.max if self.lookup_expr == "lte" else time.min
        at = make_aware(datetime.combine(value, clock))
        return queryset.filter(**{f"{self.field_name}__{self.lookup_expr}": at})


class PairWidget(MapWidget):
    separator = "="


class PairField(MapField):
    widget = PairWidget


class PairFilter(MapFilter):
    """`key=value`, as people write it."""

    field_class = PairField


class AutocompleteFilter(django_filters.UUIDFilter):
    """Rows that refer to a row, which the form suggests by its name.

    `source` is a foreign key to the same table.
    """

    def __init__(self, source: ForeignKey, **options: object) -> None:
        self.source = source
        super().__init__(**options)

    def record(self, pk: str) -> Model | None:
        manager = self.source.remote_field.model._meta.default_manager
        return manager.filter(pk=pk).first() if manager else None


class ListFilterSet(FilterSet):
    """`controls` names the filters of the form, in order."""

    controls: ClassVar[tuple[str, ...]] = ()
    labels: ClassVar[Mapping[str, str]] = {}
    choices: ClassVar[Mapping[str, Choices]] = {}

    @classmethod
    def label(cls, name: str) -> str:
        field, _, lookup = name.rpartition("__")
        words = f"{field}_{LOOKUPS[lookup]}" if field and lookup in LOOKUPS else name
        default = " ".join(words.replace("_", " ").split()).capitalize()
        return cls.labels.get(name, default)

    @classmethod
    def choices_of(cls, name: str) -> Choices:
        """The values and labels of a filter that has a few; otherwise none."""
        item = cls.base_filters[name].extra.get("item")
        return cls.choices.get(name) or list(getattr(item, "choices", ()))

    @classmethod
    def base_name(cls, parameter: str) -> str | None:
        """The filter that a parameter such as `metadata[key]` belongs to."""
        name, bracket, _ = parameter.partition("[")
        is_map = isinstance(cls.base_filters.get(name), MapFilter)
        return name if name in cls.base_filters and bool(bracket) <= is_map else None
