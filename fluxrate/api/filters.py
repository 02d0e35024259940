"""Filters by field, from django-filter, and ordering; a bad value is a 400."""

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import reduce
from typing import Any, TypeAlias, cast

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Func, OrderBy
from django_filters.filterset import FILTER_FOR_DBFIELD_DEFAULTS
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema_field
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

from fluxrate.text import normalized
from fluxrate.times import parse_time

from .parameters import TIME_NEEDED, parse_values, quoted, refuse_names, split_values
from .problems import BadParameter

Rows: TypeAlias = models.QuerySet
Choices: TypeAlias = Sequence[tuple[str, str]] | Callable[[], Sequence[tuple[str, str]]]
# The most values of a list.
MAX_VALUES = 100


class TextField(forms.CharField):
    def to_python(self, value: object) -> str:
        return normalized(super().to_python(value) or "")


class TextFilter(django_filters.CharFilter):
    """Compares normalized text, as it is stored."""

    field_class = TextField


class SpellingsField(forms.Field, ABC):
    """A text as it was sent, and with the plus that a query turns into a space."""

    def to_python(self, value: object) -> list[str]:
        text = str(value or "")
        return list(dict.fromkeys(map(normalized, [text, self.with_plus(text)])))

    @abstractmethod
    def with_plus(self, text: str) -> str:
        """The text before the URL turned its plus into a space."""


class EmailField(SpellingsField):
    """A stored address has no space."""

    def with_plus(self, text: str) -> str:
        return text.replace(" ", "+")


class PhoneField(SpellingsField):
    """The plus of a number is its first character."""

    def with_plus(self, text: str) -> str:
        return f"+{text[1:]}" if text.startswith(" ") else text


class SpellingsFilter(django_filters.Filter):
    """Rows with any of the spellings of a text."""

    def filter(self, queryset: Rows, value: list[str] | None) -> Rows:
        lookup = f"{self.field_name}__{self.lookup_expr}"
        spellings = [models.Q(**{lookup: spelling}) for spelling in value or ()]
        return queryset.filter(reduce(operator.or_, spellings, models.Q()))


# The schema has no format: a text that is no email address matches no row.
@extend_schema_field({"type": "string"})
class EmailFilter(SpellingsFilter):
    field_class = EmailField


class PhoneFilter(SpellingsFilter):
    field_class = PhoneField


class BooleanField(forms.Field):
    def to_python(self, value: object) -> bool | None:
        text = str(value or "")
        if text not in {"", "true", "false"}:
            raise ValidationError(f"{quoted(text)} is neither true nor false.")
        return text == "true" if text else None


class BooleanFilter(django_filters.BooleanFilter):
    """true or false."""

    field_class = BooleanField


class TimeField(forms.Field):
    def to_python(self, value: object) -> datetime | None:
        if not value:
            return None
        time = parse_time(str(value))
        if time is None:
            raise ValidationError(TIME_NEEDED)
        return time


class TimeFilter(django_filters.IsoDateTimeFilter):
    """An RFC 3339 time; without an offset it is in UTC."""

    field_class = TimeField


class ChoiceField(forms.ChoiceField):
    """One of the choices; the error lists them."""

    @property
    def names(self) -> list[str]:
        choices = cast(Iterable[tuple[str, str]], self.choices)
        return [str(name) for name, _ in choices]

    def validate(self, value: str) -> None:
        if not self.valid_value(value):
            known = ", ".join(self.names)
            raise ValidationError(f"{quoted(value)} is not one of {known}.")


class ListWidget(forms.Widget):
    def value_from_datadict(self, data: Any, files: object, name: str) -> list[str]:
        return list(data.getlist(name))


class ListField(forms.Field):
    """At most `max_values` values, repeated or between commas, each cleaned by `item`.

    A repeated text is one value, even if it holds commas.
    """

    widget = ListWidget

    def __init__(self, *, item: forms.Field, max_values: int, **options: Any) -> None:
        self.item, self.max_values = item, max_values
        super().__init__(**options)

    def to_python(self, value: Any) -> list[object]:
        whole = len(value) > 1 and isinstance(self.item, TextField)
        try:
            texts = [item for text in value for item in _split(text, whole=whole)]
        except ValueError as error:
            raise ValidationError(str(error)) from None
        if len(texts) > self.max_values:
            raise ValidationError(f"At most {self.max_values} values are accepted.")
        return [self.item.clean(text) for text in texts]


def _split(text: str, *, whole: bool) -> list[str]:
    unquoted = whole and not text.lstrip().startswith('"')
    return [text] if unquoted else split_values(text)


class ListFilter(django_filters.Filter):
    """Rows whose value is in a list."""

    field_class = ListField

    def __init__(self, item: forms.Field, **options: object) -> None:
        super().__init__(
            item=item, max_values=MAX_VALUES, **({"lookup_expr": "in"} | options)
        )
        schema = {"type": "array", "items": _item_schema(item), "maxItems": MAX_VALUES}
        extend_schema_field(schema)(self)


def _item_schema(item: forms.Field) -> dict[str, object]:
    if isinstance(item, forms.UUIDField):
        return {"type": "string", "format": "uuid"}
    if isinstance(item, ChoiceField):
        return {"type": "string", "enum": item.names}
    return {"type": "string"}


class ChoicesFilter(ListFilter):
    """Rows whose value is one of some of the choices."""

    def __init__(self, choices: Choices, **options: object) -> None:
        super().__init__(
            ChoiceField(choices=choices), **options | {"lookup_expr": "in"}
        )


class MapWidget(forms.Widget):
    separator = ":"

    def value_from_datadict(
        self, data: Any, files: object, name: str
    ) -> list[tuple[str, str, str]]:
        """`name=key:value` and `name[key]=value` as (key, ":", value)."""
        sign = self.separator
        pairs = [text.partition(sign) for text in data.getlist(name)]
        return pairs + [
            (parameter[len(name) + 1 : -1], sign, str(data[parameter]))
            for parameter in data
            if parameter.startswith(f"{name}[") and parameter.endswith("]")
        ]


class MapField(forms.Field):
    """Pairs of normalized text."""

    widget = MapWidget

    def to_python(self, value: Any) -> dict[str, str]:
        pairs: dict[str, str] = {}
        for name, separator, text in value:
            key = normalized(name)
            if not (key and separator):
                raise ValidationError(f"key{self.widget.separator}value is needed.")
            if key in pairs:
                raise ValidationError(f"The key {quoted(key)} is repeated.")
            pairs[key] = normalized(text)
        return pairs


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class MapFilter(django_filters.Filter):
    """Rows whose flat map contains every pair: `name=key:value`, which may be repeated,
    or `name[key]=value`, where the key may contain a colon.
    """

    field_class = MapField

    def __init__(self, **options: object) -> None:
        super().__init__(**({"lookup_expr": "contains"} | options))


class FilterSet(django_filters.FilterSet):
    """Builds only the filters that the query names.

    The filters that a model's fields imply are strict, too.
    """

    FILTER_DEFAULTS = FILTER_FOR_DBFIELD_DEFAULTS | {
        models.BooleanField: {"filter_class": BooleanFilter},
        models.CharField: {"filter_class": TextFilter},
        models.TextField: {"filter_class": TextFilter},
        models.DateTimeField: {"filter_class": TimeFilter},
    }
    base_filters: dict[str, django_filters.Filter]

    def __init__(
        self, data: Mapping[str, object] | None = None, *args: object, **options: object
    ) -> None:
        # Copying all filters and their form fields costs a fifth of an unfiltered list.
        names = {name.partition("[")[0] for name in data or ()}
        self.base_filters = {
            name: each
            for name, each in type(self).base_filters.items()
            if name in names
        }
        super().__init__(data, *args, **options)

    @classmethod
    def parameters(cls) -> set[str]:
        """The names of the query parameters; `name[]` stands for `name[any key]`."""
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
    def filter_for_lookup(
        cls, field: models.Field, lookup_type: str
    ) -> tuple[type[django_filters.Filter], dict[str, object]]:
        if lookup_type == "exact" and field.choices:
            return ChoicesFilter, {"choices": field.choices}
        kind: type[django_filters.Filter]
        kind, options = super().filter_for_lookup(field, lookup_type)
        return kind, options


class FilterBackend(DjangoFilterBackend):
    """An empty value is an error; django-filter ignores it."""

    filterset_base = FilterSet

    def filter_queryset(self, request: Request, queryset: Rows, view: object) -> Rows:
        filterset: Any = self.get_filterset(request, queryset, view)
        if filterset is None or not filterset.filters:
            return queryset
        for name in filterset.filters:
            if not all(map(normalized, request.query_params.getlist(name))):
                raise BadParameter(name, "A value is needed.", "empty")
        if not filterset.is_valid():
            name, messages = next(iter(filterset.errors.items()))
            raise BadParameter(name, str(messages[0]))
        rows: Rows = filterset.qs
        return rows


class OrderingFilter(BaseFilterBackend):
    """`ordering=name,-created_at`: some of the view's `ordering_fields`; the id breaks
    ties. The default is newest first.

    A field in the view's `ordering_expressions` is ordered by that indexed expression.
    """

    parameters = ("ordering",)

    def filter_queryset(self, request: Request, queryset: Rows, view: APIView) -> Rows:
        terms = parse_values(request.query_params, "ordering")
        if not terms:
            return queryset
        names = [term.removeprefix("-") for term in terms]
        refuse_names("ordering", names, _ordering_fields(view))
        tie = "-id" if terms[-1].startswith("-") else "id"
        expressions = getattr(view, "ordering_expressions", {})
        return queryset.order_by(*_ordered([*terms, tie], expressions))

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, object]]:
        terms = [sign + name for name in _ordering_fields(view) for sign in ("", "-")]
        return [
            {
                "name": "ordering",
                "in": "query",
                "required": False,
                "description": "Names, repeated or separated by commas; `-` "
                "sorts descending. Newest first by default.",
                "schema": {"type": "array", "items": {"type": "string", "enum": terms}},
            }
        ]


def _ordering_fields(view: APIView) -> Sequence[str]:
    fields: Sequence[str] = getattr(view, "ordering_fields", ())
    return fields


def _ordered(
    terms: Iterable[str], expressions: Mapping[str, Func]
) -> Iterator[str | OrderBy]:
    for term in terms:
        expression = expressions.get(term.removeprefix("-"))
        if expression is None:
            yield term
        else:
            yield expression.desc() if term.startswith("-") else expression.asc()
