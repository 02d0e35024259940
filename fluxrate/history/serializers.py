"""The face of an event."""

import uuid
from datetime import UTC, datetime
from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from fluxrate.api.serializers import StrictModelSerializer, StrictSerializer
from fluxrate.models import Event

# By their names, the columns that hold a time.
_TIMES = ("_at", "_date", "_start", "_end")
_ALWAYS_NEW = {"revision", "updated_at"}

CHANGES = {
    "type": "object",
    "description": "Field → [old, new].",
    "additionalProperties": {"type": "array", "items": {}, "minItems": 2},
}


def shown(name: str, value: Any) -> Any:
    """A column's value as PostgreSQL turned it into JSON, as the API shows it.

    An event may hold a time that Python cannot (`infinity`, BC, the year 10000): it
    stays the text that PostgreSQL wrote.
    """
    if isinstance(value, str) and name.endswith(_TIMES):
        try:
            time = datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            return value
        return time.isoformat().replace("+00:00", "Z")
    return value


def face(row: dict[str, Any]) -> dict[str, Any]:
    return {name: shown(name, value) for name, value in row.items()}


def difference(old: dict[str, Any], new: dict[str, Any]) -> dict[str, list[Any]]:
    """Field → [old, new], of fields that differ; null where there was no object."""
    return {
        name: [old.get(name), new.get(name)]
        for name in sorted(old | new)
        if old.get(name) != new.get(name) and name not in _ALWAYS_NEW
    }


class EventSerializer(StrictModelSerializer):
    example: ClassVar = {
        "id": "00000000-0042-8a17-8000-00000000beef",
        "type": "customer.updated",
        "object_type": "customer",
        "object_id": "550e8400-e29b-41d4-a716-446655440000",
        "revision": 2,
        "actor": "user:0193b0c4-2f6a-7c01-8b52-9d4e6f7a8b90",
        "request_id": "0193b0c4-7a1e-7c55-9f3c-5d1f0f6a1b2c",
        "reason": "The customer has moved",
        "changes": {"billing_address_city": ["San Francisco", "Oakland"]},
        "data": {"name": "Acme Corp", "billing_address_city": "Oakland"},
        "created_at": "2025-01-15T10:30:00Z",
    }

    id = serializers.SerializerMethodField()
    changes = serializers.SerializerMethodField()
    data = serializers.SerializerMethodField(  # type: ignore[assignment]
        help_text="The object after the change; before it, where it was deleted."
    )

    class Meta:
        model = Event
        fields = [
            "id",
            "type",
            "object_type",
            "object_id",
            "revision",
            "actor",
            "request_id",
            "reason",
            "changes",
            "data",
            "created_at",
        ]

    def get_id(self, event: Event) -> uuid.UUID:
        return event.place.id()

    @extend_schema_field(CHANGES)
    def get_changes(self, event: Event) -> dict[str, list[Any]]:
        """What a creation set, and what a deletion took, is not stored twice."""
        if event.type == f"{event.object_type}.created":
            return difference({}, face(event.data))
        if event.is_deletion:
            return difference(face(event.data), {})
        return {
            name: [shown(name, value) for value in pair]
            for name, pair in event.changes.items()
        }

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_data(self, event: Event) -> dict[str, Any]:
        return face(event.data)


class ObjectDiffSerializer(StrictSerializer):
    """What is different between two times; a revision is null where nothing was."""

    example: ClassVar = {
        "from": "2025-01-01T00:00:00Z",
        "to": "2025-02-01T00:00:00Z",
        "from_revision": 1,
        "to_revision": 3,
        "changes": {"name": ["Acme Corp", "Acme Ltd"]},
    }

    to = serializers.DateTimeField()
    from_revision = serializers.IntegerField(allow_null=True)
    to_revision = serializers.IntegerField(allow_null=True)
    changes = serializers.DictField()

    def get_fields(self) -> dict[str, Any]:
        """`from` is no name that a class can have."""
        return {"from": serializers.DateTimeField(), **super().get_fields()}
