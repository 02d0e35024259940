"""Filters by field, from django-filter; a bad value is a 400 that names it."""

import operator
from datetime import datetime
from functools import reduce
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django_filters.filterset import FILTER_FOR_DBFIELD_DEFAULTS
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema_field

from fluxrate.text import normalized

from .parameters import shown, split
from .problems import BadParameter
from .times import TIME_NEEDED, moment


class TextField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        return normalized(super().to_python(value) or "")


class TextFilter(django_filters.CharFilter):
    """Compares text as it is kept: trimmed and in NFC."""

    field_class = TextField


class SpelledField(forms.Field):
    """A text, and what it was if a plus of it has become a space."""

    def to_python(self, value: Any) -> list[str]:
        return list(dict.fromkeys(map(normalized, [value, self.with_plus(value)])))

    def with_plus(self, text: str) -> str:
        raise NotImplementedError


class EmailField(SpelledField):
    """No address that is stored has a space."""

    def with_plus(self, text: str) -> str:
        return text.replace(" ", "+")


class PhoneField(SpelledField):
    """A number has a plus at its beginning or nowhere."""

    def with_plus(self, text: str) -> str:
        return f"+{text[1:]}" if text.startswith(" ") else text


class SpelledFilter(django_filters.Filter):
    """Compares with each spelling of a text; in a query, a plus stands for a space."""

    def filter(self, queryset: Any, value: Any) -> Any:
        lookup = f"{self.field_name}__{self.lookup_expr}"
        spellings = [models.Q(**{lookup: spelling}) for spelling in value or ()]
        return queryset.filter(reduce(operator.or_, spellings, models.Q()))


# A text that is no address finds nobody, and is no mistake.
@extend_schema_field({"type": "string"})
class EmailFilter(SpelledFilter):
    field_class = EmailField


class PhoneFilter(SpelledFilter):
    field_class = PhoneField


class BooleanField(forms.Field):
    def to_python(self, value: Any) -> bool | None:
        if value in {"true", "false"}:
            return bool(value == "true")
        if value:
            raise ValidationError(f"{shown(value)} is neither true nor false.")
        return None


class BooleanFilter(django_filters.BooleanFilter):
    """true or false, and nothing else."""

    field_class = BooleanField


class TimeField(forms.Field):
    def to_python(self, value: Any) -> datetime | None:
        if not value:
            return None
        found = moment(value)
        if found is None:
            raise ValidationError(TIME_NEEDED)
        return found


class TimeFilter(django_filters.IsoDateTimeFilter):
    """A time of RFC 3339; without an offset it is UTC."""

    field_class = TimeField


class ChoiceField(django_filters.fields.ChoiceField):
    def validate(self, value: Any) -> None:
        if value and not self.valid_value(value):
            known = ", ".join(str(key) for key, _ in self.choices if key)
            raise ValidationError(f"{shown(value)} is not one of {known}.")


class ChoiceFilter(django_filters.ChoiceFilter):
    """One of the choices; the refusal lists them."""

    field_class = ChoiceField


class ListWidget(forms.Widget):
    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return list(data.getlist(name))


class ListField(forms.Field):
    """Values repeated or between commas, each as `item` has it; `most` at most.

    A text that may hold commas is taken whole where the parameter is repeated.
    """

    widget = ListWidget

    def __init__(self, *, item: forms.Field, most: int, **options: Any) -> None:
        self.item, self.most = item, most
        super().__init__(**options)

    def to_python(self, value: Any) -> list[Any]:
        whole = len(value) > 1 and isinstance(self.item, TextField)
        try:
            values = [each for text in value for each in _values(text, whole=whole)]
        except ValueError as error:
            raise ValidationError(str(error)) from None
        if len(values) > self.most:
            raise ValidationError(f"At most {self.most} values are taken.")
        return [self.item.clean(each) for each in values]


def _values(text: str, *, whole: bool) -> list[str]:
    return [text] if whole and not text.lstrip().startswith('"') else split(text)


@extend_schema_field({"type": "array", "items": {"type": "string"}, "maxItems": 100})
class ListFilter(django_filters.Filter):
    """Rows whose value is one of a list."""

    field_class = ListField

    def __init__(self, item: forms.Field, most: int = 100, **options: Any) -> None:
        super().__init__(item=item, most=most, **({"lookup_expr": "in"} | options))


class MapWidget(forms.Widget):
    def value_from_datadict(
        self, data: Any, files: Any, name: str
    ) -> list[tuple[str, str, str]]:
        """What is given as name=key:value and as name[key]=value, partitioned."""
        given = [text.partition(":") for text in data.getlist(name)]
        return given + [
            (each[len(name) + 1 : -1], ":", data[each])
            for each in data
            if each.startswith(f"{name}[") and each.endswith("]")
        ]


class MapField(forms.Field):
    """Pairs, compared as they are stored: trimmed and in NFC."""

    widget = MapWidget

    def to_python(self, value: Any) -> dict[str, str]:
        pairs: dict[str, str] = {}
        for name, colon, text in value:
            key = normalized(name)
            if not (key and colon):
                raise ValidationError("key:value is needed.")
            if key in pairs:
                raise ValidationError(f"{shown(key)} stands in it twice.")
            pairs[key] = normalized(text)
        return pairs


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class MapFilter(django_filters.Filter):
    """Rows whose flat map holds this pair, and all the others: `name=key:value`, which
    may be repeated, or `name[key]=value`, where the key may hold a colon.
    """

    field_class = MapField

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"lookup_expr": "contains"} | options))


class FilterSet(django_filters.FilterSet):
    """Makes only the filters that are given, a form for them included. Those that a
    model's fields bring are as strict as the others.
    """

    FILTER_DEFAULTS = FILTER_FOR_DBFIELD_DEFAULTS | {
        models.BooleanField: {"filter_class": BooleanFilter},
        models.DateTimeField: {"filter_class": TimeFilter},
    }
    base_filters: dict[str, django_filters.Filter]

    def __init__(self, data: Any = None, *args: Any, **options: Any) -> None:
        # Copying all of them, and their form, costs a fifth of a list without any.
        given = {name.partition("[")[0] for name in data or ()}
        self.base_filters = {
            name: each
            for name, each in type(self).base_filters.items()
            if name in given
        }
        super().__init__(data, *args, **options)

    @classmethod
    def parameters(cls) -> set[str]:
        """The names that stand in a query, `name[]` for a name with keys."""
        maps = {
            f"{name}[]"
            for name, each in cls.base_filters.items()
            if isinstance(each, MapFilter)
        }
        return cls.base_filters.keys() | maps

    @classmethod
    def list_parameters(cls) -> set[str]:
        return {
            name
            for name, each in cls.base_filters.items()
            if isinstance(each, ListFilter | MapFilter)
        }

    @classmethod
    def filter_for_lookup(cls, field: Any, lookup_type: str) -> Any:
        if lookup_type == "exact" and getattr(field, "choices", None):
            return ChoiceFilter, {"choices": field.choices, "null_label": None}
        return super().filter_for_lookup(field, lookup_type)


class FilterBackend(DjangoFilterBackend):
    """An empty value is a mistake, not “anything”."""

    filterset_base = FilterSet

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None or not filterset.filters:
            return queryset
        for name in filterset.filters:
            given = request.query_params.getlist(name)
            if not all(map(normalized, given)):
                raise BadParameter(name, "A value is needed.", "empty")
        if not filterset.is_valid():
            name, messages = next(iter(filterset.errors.items()))
            raise BadParameter(name, str(messages[0]))
        return filterset.qs
