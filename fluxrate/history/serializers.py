"""Events and differences between two states of an object."""

import uuid
from datetime import UTC, datetime
from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from fluxrate.api.serializers import StrictModelSerializer, StrictSerializer
from fluxrate.models import Event
from fluxrate.postgres.triggers import event_types

# Suffixes of the columns that hold a time.
_TIME_SUFFIXES = ("_at", "_date", "_start", "_end")
# The types of events in the feeds of organizations that no trigger of a row writes.
WRITTEN_TYPES = (
    *("batch.created", "batch.reverted"),
    *("history.erased", "history.pruned", "user.login"),
)
_CHANGED_BY_EVERY_UPDATE = {"revision", "updated_at"}

Row = dict[str, object]
CHANGES = {
    "type": "object",
    "description": "Field → [old, new].",
    "additionalProperties": {
        "type": "array",
        "items": {},
        "minItems": 2,
        "maxItems": 2,
    },
}


def represent(name: str, value: object) -> object:
    """A column's value, as PostgreSQL's to_jsonb wrote it, in the API's form.

    A time that Python cannot represent (`infinity`, BC, the year 10000) stays as text.
    """
    if isinstance(value, str) and name.endswith(_TIME_SUFFIXES):
        try:
            time = datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            return value
        return time.isoformat().replace("+00:00", "Z")
    return value


def represent_row(row: Row) -> Row:
    return {name: represent(name, value) for name, value in row.items()}


def difference(old: Row, new: Row) -> dict[str, list[object]]:
    """Field → [old, new] of the fields that differ; null if there was no object."""
    return {
        name: [old.get(name), new.get(name)]
        for name in sorted(old | new)
        if old.get(name) != new.get(name) and name not in _CHANGED_BY_EVERY_UPDATE
    }


class EventTypeField(serializers.CharField):
    """The type of an event, with the known types in the API description."""

    @property
    def openapi(self) -> dict[str, list[str]]:
        return {"x-extensible-enum": sorted([*event_types(), *WRITTEN_TYPES])}


class EventSerializer(StrictModelSerializer):
    descriptions: ClassVar = {
        "type": "What happened to what. Later versions may have more types.",
        "object_type": "The part of `type` before the dot.",
        "object_id": "The object; null if there is none.",
        "actor": "`user:<id>`, `key:<id>`, `staff:<id>`, `shell:<name>`, "
        "`command:<name>` or `unattributed`.",
        "request_id": "The request that made the change; empty without one.",
        "reason": "The text of X-Change-Reason.",
        "batch_id": "The batch of the change; null without one.",
    }

    example: ClassVar = {
        "id": "00000000-0042-8a17-8000-00000000beef",
        "type": "customer.updated",
        "object_type": "customer",
        "object_id": "550e8400-e29b-41d4-a716-446655440000",
        "revision": 2,
        "actor": "user:0193b0c4-2f6a-7c01-8b52-9d4e6f7a8b90",
        "request_id": "0193b0c4-7a1e-7c55-9f3c-5d1f0f6a1b2c",
        "reason": "The customer has moved",
        "batch_id": None,
        "changes": {"billing_address_city": ["San Francisco", "Oakland"]},
        "data": {"name": "Acme Corp", "billing_address_city": "Oakland"},
        "created_at": "2025-01-15T10:30:00Z",
    }

    id = serializers.SerializerMethodField()
    type = EventTypeField(read_only=True)
    changes = serializers.SerializerMethodField()
    data = serializers.SerializerMethodField(  # type: ignore[assignment]
        help_text="The object after the change, or before its deletion. Its members "
        "depend on `object_type`: `CustomerEventData`, `SubscriptionEventData` …"
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
            "batch_id",
            "changes",
            "data",
            "created_at",
        ]

    def get_id(self, event: Event) -> uuid.UUID:
        return event.position.id()

    @extend_schema_field(CHANGES)
    def get_changes(self, event: Event) -> dict[str, list[object]]:
        """Computed from `data` for a creation, a restoration and a deletion."""
        if event.type.endswith((".created", ".restored")):
            return difference({}, represent_row(event.data))
        if event.is_deletion:
            return difference(represent_row(event.data), {})
        return {
            name: [represent(name, value) for value in pair]
            for name, pair in event.changes.items()
        }

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_data(self, event: Event) -> Row:
        return represent_row(event.data)


class ObjectDiffSerializer(StrictSerializer):
    """The differences between two times; a revision is null if there was no object."""

    descriptions: ClassVar = {
        "from": "The first time.",
        "to": "The second time.",
        "from_revision": "The revision at the first time.",
        "to_revision": "The revision at the second time.",
        "changes": "Field → [old, new].",
    }

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
        """`from` is a keyword, so it cannot be declared as an attribute."""
        return {"from": serializers.DateTimeField(), **super().get_fields()}
