"""Strict input: nothing unknown, nothing coerced, nothing silently dropped."""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers

from fluxrate.text import LineField, normalized

from .parameters import nearest


class TextField(serializers.CharField):
    """A string, trimmed and in NFC; an empty optional one is null."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str):
            data = normalized(data)
            if not data and self.allow_null:
                data = None
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class EmailField(TextField, serializers.EmailField):
    pass


class BooleanField(serializers.BooleanField):
    """true or false; neither "true" nor 1."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class IntegerField(serializers.IntegerField):
    """A JSON number without a fraction; neither "5" nor true."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class DateTimeField(serializers.DateTimeField):
    """ISO 8601; without an offset it is UTC."""

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str):
            self.fail("invalid", format="YYYY-MM-DDThh:mm[:ss[.uuuuuu]]Z")
        return super().to_internal_value(value)


class ChoiceField(serializers.ChoiceField):
    """One of the choices; the refusal lists them."""

    default_error_messages = {"invalid_choice": "“{input}” is not one of {choices}."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", input=data, choices=", ".join(self.choices))
        return data


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

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            errors = self._refused(data)
            if errors:
                raise serializers.ValidationError(errors)
        return super().to_internal_value(data)

    def _refused(self, data: Mapping[str, Any]) -> dict[str, list[Any]]:
        errors: dict[str, list[Any]] = {}
        now: Mapping[str, Any] | None = None
        for name in data:
            field = self.fields.get(name)
            if field is None:
                hint = nearest(name, self.fields)
                errors[name] = [_detail(f"Unknown field.{hint}", "unknown_field")]
            elif field.read_only:
                if now is None:
                    now = self.to_representation(self.instance) if self.instance else {}
                if name not in now or now[name] != data[name]:
                    errors[name] = [_detail("This cannot be set.", "read_only")]
        return errors


def _detail(message: str, code: str) -> serializers.ErrorDetail:
    return serializers.ErrorDetail(message, code=code)


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

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        for name, value in validated_data.items():
            setattr(instance, name, value)
        instance.save(update_fields=[*validated_data])
        instance.refresh_from_db()
        return instance
