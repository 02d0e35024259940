"""What the faces of customers, plans and subscriptions share."""

from typing import Any, ClassVar

from rest_framework import serializers

from customers.fields import CodeField
from customers.models.metadata import KEYS, MetadataField, merged, validate_metadata
from fluxrate.api.serializers import StrictModelSerializer, TextField


class CodeSerializerField(TextField):
    """A code of a published list, in upper case."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).upper()


class MetadataSerializerField(serializers.DictField):
    """A flat map of strings; in a change, it merges by key and null removes one."""

    openapi: ClassVar = {"maxProperties": KEYS}
    child = TextField(allow_null=True, allow_blank=True, max_length=500)
    default_error_messages = {"not_a_dict": "A flat map of strings is needed."}

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{
                name: value
                for name, value in options.items()
                if name not in {"decoder", "encoder", "validators"}
            }
        )

    def to_internal_value(self, data: Any) -> dict[str, str | None]:
        if isinstance(data, dict):
            validate_metadata(dict.fromkeys(data, ""))
        given: dict[str, str | None] = super().to_internal_value(data)
        return given


ORGANIZATION = "0193b0c4-11d8-7a51-9d0e-6c1f3b5a7e90"
CUSTOMER = "550e8400-e29b-41d4-a716-446655440000"
PLAN = "0193b0c6-5e02-7b3d-8a4c-2f9d1e6b8c30"
KEPT = {
    "metadata": {"crm": "C-1042"},
    "revision": 2,
    "created_at": "2025-01-01T00:00:00Z",
    "updated_at": "2025-01-15T10:30:00Z",
}


class RecordSerializer(StrictModelSerializer):
    serializer_field_mapping: ClassVar = (
        StrictModelSerializer.serializer_field_mapping
        | {CodeField: CodeSerializerField, MetadataField: MetadataSerializerField}
    )

    def validate_metadata(self, given: dict[str, str | None]) -> Any:
        """A new record keeps the keys that have a value; a change merges its own."""
        if self.instance is not None:
            return merged(given)
        return {key: text for key, text in given.items() if text is not None}
