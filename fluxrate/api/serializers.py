"""Strict input: nothing unknown, nothing coerced, nothing silently dropped."""

import uuid
from collections.abc import Collection, Iterator, Mapping
from copy import copy, deepcopy
from datetime import UTC
from itertools import islice
from typing import Any, ClassVar

import orjson
from django.core.validators import EmailValidator
from django.db import models
from django.http import QueryDict
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.relations import PKOnlyObject
from rest_framework.settings import api_settings

from fluxrate.emails import validate_email
from fluxrate.postgres.returning import change
from fluxrate.text import LineField, normalized

from .parameters import LONGEST_SHOWN, nearest, shown
from .renderers import JSONRenderer
from .times import moment
from .unchanged import same

# Of very many unknown fields, the first ones are named.
MOST_NAMED = 20


# Whatever a string must look like besides.
STRING_NEEDED = "A string is needed."


def string(data: Any) -> str:
    """The data, which must be a string."""
    if not isinstance(data, str):
        raise serializers.ValidationError(STRING_NEEDED, "invalid")
    return data


class TextField(serializers.CharField):
    """A string, trimmed and in NFC; an empty optional one is null.

    What another type is told is no message of this class: it would hide the one that a
    field of a narrower kind has for text that does not look as it must.
    """

    default_error_messages = {"blank": "This may not be empty."}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str):
            data = normalized(data)
            if not data and self.allow_null:
                data = None
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        return str(super().to_internal_value(string(data)))


class EmailField(TextField, serializers.EmailField):
    """An address as RFC 5321 or RFC 6531 has it; DRF's own field knows ASCII only."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        others = [
            each
            for each in self.validators
            if each is not validate_email and not isinstance(each, EmailValidator)
        ]
        self.validators = [*others, validate_email]


class BooleanField(serializers.BooleanField):
    """true or false; neither "true" nor 1."""

    default_error_messages = {"invalid": "true or false is needed."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class IntegerField(serializers.IntegerField):
    """A JSON number without a fraction; neither "5" nor true."""

    default_error_messages = {"invalid": "A whole number is needed."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class UUIDField(serializers.UUIDField):
    """A UUID as text; DRF takes any whole number for one."""

    def to_internal_value(self, data: Any) -> uuid.UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        found: uuid.UUID = super().to_internal_value(data)
        return found


class DateTimeField(serializers.DateTimeField):
    """A time of RFC 3339, from 1900 to 2999; without an offset it is UTC."""

    # Else DRF looks up the current zone for each value.
    timezone = UTC
    default_error_messages = {
        "invalid": "An RFC 3339 time is needed, such as 2025-01-15T10:30:00Z.",
        "out_of_range": "A time from the year 1900 to 2999 is needed.",
    }

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str):
            self.fail("invalid")
        found = moment(value)
        if found is None:
            self.fail("invalid")
        if not 1900 <= found.year <= 2999:
            self.fail("out_of_range")
        return found


class ChoiceField(serializers.ChoiceField):
    """One of the choices; the refusal lists them."""

    default_error_messages = {"invalid_choice": "{input} is not one of {choices}."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            given = shown(data) if isinstance(data, str) else "This"
            self.fail("invalid_choice", input=given, choices=", ".join(self.choices))
        return data


class ListField(serializers.ListField):
    """A list whose length is looked at before its items are."""

    def to_internal_value(self, data: Any) -> list[Any]:
        most = self.max_length
        if most is not None and isinstance(data, list) and len(data) > most:
            raise serializers.ValidationError(
                f"At most {most} values are taken.", "max_length"
            )
        values: list[Any] = super().to_internal_value(data)
        return values


class OwnedRelatedField(serializers.PrimaryKeyRelatedField):
    """The id of a row of the caller's organization; another's does not exist."""

    default_error_messages = {"does_not_exist": "There is no such {noun}."}

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"pk_field": serializers.UUIDField()} | options))

    def get_queryset(self) -> Any:
        rows: Any = super().get_queryset()
        return rows.owned_by(self.context["request"].auth.organization)

    def to_internal_value(self, data: Any) -> Any:
        queryset = self.get_queryset()
        try:
            return queryset.get(pk=uuid.UUID(data))
        except (queryset.model.DoesNotExist, ValueError, TypeError, AttributeError):
            self.fail("does_not_exist", noun=queryset.model._meta.verbose_name)


class StrictSerializer(serializers.Serializer):
    """Refuses unknown fields, and read-only ones that are given another value."""

    # Read-only fields that only some answers have: whatever comes back in a change is
    # ignored, for there is nothing to compare it with.
    sometimes: ClassVar[list[str]] = []

    default_error_messages = {"invalid": "A JSON object is needed."}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data is None and not self.allow_null:
            message = str(self.error_messages["invalid"])
            raise serializers.ValidationError(
                {api_settings.NON_FIELD_ERRORS_KEY: [_detail(message, "invalid")]}
            )
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, QueryDict):
            data = {}
        errors = dict(islice(self._refused(data), MOST_NAMED))
        if errors:
            raise serializers.ValidationError(errors)
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            changed = self._changed(data, error.detail)
            if changed == data:
                raise
            return super().to_internal_value(changed)

    def _changed(self, data: Any, refused: Any) -> Any:
        """Without what is refused, but stored so: a rule may be younger than that."""
        if not self.partial or not isinstance(data, Mapping):
            return data
        return {
            name: value
            for name, value in data.items()
            if name not in refused or not same(self._now.get(name, ...), value)
        }

    def _refused(self, data: Any) -> Iterator[tuple[str, list[Any]]]:
        """The unknown and the changed read-only fields, with what is wrong."""
        for name in data if isinstance(data, Mapping) else ():
            field = self.fields.get(name)
            if field is None:
                yield name[:LONGEST_SHOWN], [_unknown(name, self.fields)]
            elif field.read_only and not self._is_as_it_was(name, data[name]):
                yield name, [_detail("This cannot be set.", "read_only")]

    def _is_as_it_was(self, name: str, value: Any) -> bool:
        if name in self.sometimes and self.instance is not None:
            return True
        return same(self._now.get(name, ...), value)

    @cached_property
    def _now(self) -> Mapping[str, Any]:
        """The object as it was answered, to compare what comes back with."""
        if self.instance is None:
            return {}
        answered = JSONRenderer().render(self.to_representation(self.instance))
        now: Mapping[str, Any] = orjson.loads(answered)
        return now


def _unknown(name: str, known: Collection[str]) -> serializers.ErrorDetail:
    return _detail(f"Unknown field.{nearest(name, known)}", "unknown_field")


def _detail(message: str, code: str) -> serializers.ErrorDetail:
    return serializers.ErrorDetail(message, code=code)


# The fields of each class of serializers, which belong to none of its instances.
_built: dict[type, dict[str, Any]] = {}


def _copied(field: Any) -> Any:
    """A field to bind to another serializer; one with fields in it is made anew."""
    nests = isinstance(field, serializers.BaseSerializer) or hasattr(field, "child")
    return deepcopy(field) if nests else copy(field)


class StrictModelSerializer(StrictSerializer, serializers.ModelSerializer):
    """A model's fields, strictly; a change writes only the fields it is given."""

    serializer_choice_field = ChoiceField
    serializer_field_mapping: ClassVar = (
        serializers.ModelSerializer.serializer_field_mapping
        | {
            models.CharField: TextField,
            models.TextField: TextField,
            LineField: TextField,
            models.EmailField: EmailField,
            models.BooleanField: BooleanField,
            models.IntegerField: IntegerField,
            models.PositiveIntegerField: IntegerField,
            models.PositiveSmallIntegerField: IntegerField,
            models.DateTimeField: DateTimeField,
        }
    )

    def get_fields(self) -> dict[str, Any]:
        """Copies of the fields, which are built once for each class."""
        face = type(self)
        if face not in _built:
            _built[face] = super().get_fields()
        return {name: _copied(field) for name, field in _built[face].items()}

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """As DRF does it, but what a row itself holds is read without ado."""
        held: dict[str, Any] = getattr(instance, "__dict__", {})
        shown: dict[str, Any] = {}
        for field, source in self._sources:
            value = held.get(source, serializers.empty)
            if value is serializers.empty:
                try:
                    value = field.get_attribute(instance)
                except serializers.SkipField:
                    continue
            nothing = value.pk if isinstance(value, PKOnlyObject) else value
            shown[field.field_name] = (
                None if nothing is None else field.to_representation(value)
            )
        return shown

    @cached_property
    def _sources(self) -> list[tuple[Any, Any]]:
        """The fields to show, each with the attribute that may hold its value."""
        plain = serializers.Field.get_attribute
        return [
            (field, field.source if type(field).get_attribute is plain else "")
            for field in self._readable_fields
        ]

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        """Write just these columns; 404 where the row has gone in the meantime."""
        return change(instance, **validated_data) if validated_data else instance
