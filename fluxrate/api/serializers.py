"""Strict input: unknown fields and values of another type are errors."""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy, deepcopy
from datetime import UTC, datetime
from itertools import islice
from typing import Any, ClassVar, TypeAlias, cast

import orjson
from django.core.validators import EmailValidator
from django.db import models
from django.http import QueryDict
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.fields import SkipField
from rest_framework.relations import PKOnlyObject
from rest_framework.settings import api_settings

from fluxrate.models import OwnedQuerySet
from fluxrate.postgres.returning import update_returning
from fluxrate.text import LineField, normalized, validate_email
from fluxrate.times import is_in_range, parse_time

from .parameters import MAX_QUOTED, did_you_mean, quoted
from .renderers import JSONRenderer
from .unchanged import same

Field: TypeAlias = serializers.Field
# The most unknown fields that are listed.
MAX_UNKNOWN_FIELDS = 20


def string(data: object) -> str:
    """The data, or a ValidationError if it is not a string."""
    if not isinstance(data, str):
        raise serializers.ValidationError("A string is needed.", "invalid")
    return data


class TextField(serializers.CharField):
    """A normalized string; an empty optional one is null.

    `string` has the error of another type. As a message of this class, it would hide
    the messages of narrower fields, such as an email's.
    """

    default_error_messages = {"blank": "This may not be empty."}

    def run_validation(self, data: object = serializers.empty) -> object:
        if isinstance(data, str):
            data = normalized(data)
            if not data and self.allow_null:
                data = None
        return super().run_validation(data)

    def to_internal_value(self, data: object) -> str:
        return super().to_internal_value(string(data))


class EmailField(TextField, serializers.EmailField):
    """An address of RFC 5321 or RFC 6531; DRF's field knows ASCII only."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        others = [
            validator
            for validator in self.validators
            if validator is not validate_email
            and not isinstance(validator, EmailValidator)
        ]
        self.validators = [*others, validate_email]


class BooleanField(serializers.BooleanField):
    """true or false; "true" and 1 are errors."""

    default_error_messages = {"invalid": "true or false is needed."}

    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class IntegerField(serializers.IntegerField):
    """A JSON number without a fraction; "5" and true are errors."""

    default_error_messages = {"invalid": "A whole number is needed."}

    def to_internal_value(self, data: object) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class UUIDField(serializers.UUIDField):
    """A UUID as text; DRF also reads numbers."""

    def to_internal_value(self, data: object) -> uuid.UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class DateTimeField(serializers.DateTimeField):
    """An RFC 3339 time from 1900 to 2999; without an offset it is in UTC."""

    # Without it, DRF looks up the current time zone for each value.
    timezone = UTC
    default_error_messages = {
        "invalid": "An RFC 3339 time is needed, such as 2025-01-15T10:30:00Z.",
        "out_of_range": "A time from 1900 to before 3000 is needed.",
    }

    def to_internal_value(self, value: object) -> datetime:
        time = parse_time(value) if isinstance(value, str) else None
        if time is None:
            self.fail("invalid")
        if not is_in_range(time):
            self.fail("out_of_range")
        return time


class ChoiceField(serializers.ChoiceField):
    """One of the choices; the error lists them."""

    default_error_messages = {"invalid_choice": "{input} is not one of {choices}."}

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str) or data not in self.choices:
            value = quoted(data) if isinstance(data, str) else "This"
            choices = ", ".join(map(str, self.choices))
            self.fail("invalid_choice", input=value, choices=choices)
        return data


class ListField(serializers.ListField):
    """Checks the length before the items."""

    def to_internal_value(self, data: Any) -> list[object]:
        length = self.max_length
        if length is not None and isinstance(data, list) and len(data) > length:
            raise serializers.ValidationError(
                f"At most {length} values are accepted.", "max_length"
            )
        return super().to_internal_value(data)


class OwnedRelatedField(serializers.PrimaryKeyRelatedField):
    """The id of a row of the caller's organization."""

    default_error_messages = {"does_not_exist": "There is no such {noun}."}

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"pk_field": serializers.UUIDField()} | options))

    @property
    def rows(self) -> OwnedQuerySet:
        """The rows of all organizations."""
        return cast(OwnedQuerySet, super().get_queryset())

    def get_queryset(self) -> OwnedQuerySet:
        return self.rows.owned_by(self.context["request"].auth.organization)

    def to_internal_value(self, data: object) -> models.Model:
        rows = self.get_queryset()
        try:
            row: models.Model = rows.get(pk=uuid.UUID(str(data)))
        except (rows.model.DoesNotExist, ValueError):
            self.fail("does_not_exist", noun=rows.model._meta.verbose_name)
        return row


class IncludedField(serializers.Field):
    """A related object that is shown only if the parameter `include` names it.

    Subclasses name `serializer_class`.
    """

    serializer_class: ClassVar[type[serializers.Serializer]]

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def get_attribute(self, instance: object) -> object:
        if self.field_name not in self.context.get("include", ()):
            raise SkipField
        return super().get_attribute(instance)

    def to_representation(self, value: models.Model) -> Any:
        return self.serializer_class(value, context=self.context).data


class StrictSerializer(serializers.Serializer):
    """Refuses unknown fields and changes of read-only fields.

    A body may repeat the values of the object, read-only ones included.
    """

    # Read-only fields that some responses lack. A change may send any value for them,
    # since there is no value to compare it with.
    only_in_some_responses: ClassVar[Sequence[str]] = ()

    default_error_messages = {"invalid": "A JSON object is needed."}

    def run_validation(self, data: object = serializers.empty) -> object:
        if data is None and not self.allow_null:
            message = str(self.error_messages["invalid"])
            raise serializers.ValidationError(
                {api_settings.NON_FIELD_ERRORS_KEY: [_detail(message, "invalid")]}
            )
        return super().run_validation(data)

    def to_internal_value(self, data: object) -> Any:
        if isinstance(data, QueryDict):
            data = {}
        errors = dict(islice(self._strict_errors(data), MAX_UNKNOWN_FIELDS))
        if errors:
            raise serializers.ValidationError(errors)
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            changed = self._without_unchanged(data, error.detail)
            if changed == data:
                raise
            return super().to_internal_value(changed)

    def _without_unchanged(self, data: object, invalid: Collection[object]) -> object:
        """The data without invalid values that equal the stored values: a rule may be
        newer than the row.
        """
        if not self.partial or not isinstance(data, Mapping):
            return data
        return {
            name: value
            for name, value in data.items()
            if name not in invalid or not self._is_current(name, value)
        }

    def _strict_errors(
        self, data: object
    ) -> Iterator[tuple[str, list[serializers.ErrorDetail]]]:
        """An error for each unknown field and each changed read-only field."""
        for name, value in data.items() if isinstance(data, Mapping) else ():
            field = self.fields.get(name)
            if field is None:
                message = f"Unknown field.{did_you_mean(name, self.fields)}"
                yield name[:MAX_QUOTED], [_detail(message, "unknown_field")]
            elif field.read_only and not self._may_be_sent(name, value):
                yield name, [_detail("This cannot be set.", "read_only")]

    def _may_be_sent(self, name: str, value: object) -> bool:
        if name in self.only_in_some_responses and self.instance is not None:
            return True
        return self._is_current(name, value)

    def _is_current(self, name: str, value: object) -> bool:
        return same(self._current.get(name, ...), value)

    @cached_property
    def _current(self) -> Mapping[str, object]:
        """The object as a response shows it."""
        if self.instance is None:
            return {}
        rendered = JSONRenderer().render(self.to_representation(self.instance))
        current: Mapping[str, object] = orjson.loads(rendered)
        return current


def _detail(message: str, code: str) -> serializers.ErrorDetail:
    return serializers.ErrorDetail(message, code=code)


# The fields of each serializer class, not bound to an instance.
_field_cache: dict[type, dict[str, Field]] = {}


def _copy_field(field: Field) -> Field:
    """A copy that can be bound to a serializer, deep if the field has fields."""
    nests = isinstance(field, serializers.BaseSerializer) or hasattr(field, "child")
    return deepcopy(field) if nests else copy(field)


class StrictModelSerializer(StrictSerializer, serializers.ModelSerializer):
    """The fields of a model; a change writes only the fields that it contains."""

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

    def get_fields(self) -> dict[str, Field]:
        """Copies of the fields: DRF builds them from the model for each instance."""
        serializer = type(self)
        if serializer not in _field_cache:
            _field_cache[serializer] = super().get_fields()
        fields = _field_cache[serializer]
        return {name: _copy_field(field) for name, field in fields.items()}

    def get_validators(self) -> list[Any]:
        """No queries for uniqueness: constraints in PostgreSQL refuse duplicates."""
        return []

    def get_uniqueness_extra_kwargs(
        self,
        field_names: object,
        declared_fields: object,
        extra_kwargs: dict[str, object],
    ) -> tuple[dict[str, object], dict[str, serializers.HiddenField]]:
        return extra_kwargs, {}

    def to_representation(self, instance: object) -> dict[str, object]:
        """As in DRF, but a plain attribute is read from the instance's `__dict__`."""
        attributes: dict[str, object] = getattr(instance, "__dict__", {})
        data: dict[str, object] = {}
        for field, source in self._sources:
            value = attributes.get(source, serializers.empty)
            if value is serializers.empty:
                try:
                    value = field.get_attribute(instance)
                except serializers.SkipField:
                    continue
            key = value.pk if isinstance(value, PKOnlyObject) else value
            data[str(field.field_name)] = (
                None if key is None else field.to_representation(value)
            )
        return data

    @cached_property
    def _sources(self) -> list[tuple[Field, str]]:
        """The readable fields with their attribute; "" if the field computes it."""
        plain = serializers.Field.get_attribute
        return [
            (field, str(field.source) if type(field).get_attribute is plain else "")
            for field in self._readable_fields
        ]

    def create(self, validated_data: dict[str, Any]) -> Any:
        """Insert the row. DRF would also write many-to-many fields, which we lack."""
        model: Any = self.Meta.model
        instance = model(**validated_data)
        instance.save(force_insert=True)
        return instance

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        """Write these columns; 404 if another request has deleted the row."""
        return (
            update_returning(instance, **validated_data) if validated_data else instance
        )
