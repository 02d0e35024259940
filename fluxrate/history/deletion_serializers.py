"""Deletions, as JSON."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from fluxrate.api.serializers import StrictSerializer

from .count_serializers import CUSTOMER, EXAMPLE_COUNTS, NounCountSerializer
from .deletion import Deletion
from .deletion_errors import DeletionState
from .serializers import Row, represent_row


class DeletionSerializer(StrictSerializer):
    """A deletion of an object, with the rows that went with it."""

    example: ClassVar = {
        "id": "00000000-0042-8a17-8000-00000000beef",
        "object_type": "customer",
        "object_id": CUSTOMER,
        "state": "restorable",
        "deletes": EXAMPLE_COUNTS,
        "actor": "user:0193b0c4-2f6a-7c01-8b52-9d4e6f7a8b90",
        "request_id": "0193b0c4-7a1e-7c55-9f3c-5d1f0f6a1b2c",
        "reason": "Ticket 4711",
        "data": {"name": "Acme Corp", "email": "billing@acme.com"},
        "deleted_at": "2025-01-15T10:30:00Z",
        "restorable_until": "2025-02-14T10:30:00Z",
        "restored_at": None,
    }
    # One deletion has them, a list of deletions does not.
    only_in_some_responses: ClassVar = ["deletes"]

    id = serializers.UUIDField(help_text="The id of the deletion's event.")
    object_type = serializers.CharField(
        source="event.object_type", help_text="The noun, such as `customer`."
    )
    object_id = serializers.UUIDField(
        source="event.object_id", help_text="The id of the deleted object."
    )
    state = serializers.ChoiceField(
        choices=DeletionState.choices, help_text="Whether it can be undone."
    )
    deletes = serializers.DictField(
        source="counts",
        child=NounCountSerializer(),
        help_text="The deleted rows by noun and status; not in lists.",
    )
    actor = serializers.CharField(source="event.actor", help_text="Who deleted it.")
    request_id = serializers.CharField(
        source="event.request_id", help_text="The request that deleted it."
    )
    reason = serializers.CharField(
        source="event.reason", help_text="The `X-Change-Reason` of the deletion."
    )
    data = serializers.SerializerMethodField(  # type: ignore[assignment]
        help_text="The object before its deletion; empty after an erasure."
    )
    deleted_at = serializers.DateTimeField(
        source="event.created_at", help_text="When it was deleted."
    )
    restorable_until = serializers.DateTimeField(
        help_text="`deleted_at` and the organization's `restore_days`."
    )
    restored_at = serializers.DateTimeField(
        source="event.restored_at",
        allow_null=True,
        help_text="When it was restored; null if it was not.",
    )

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_data(self, deletion: Deletion) -> Row:
        return represent_row(deletion.event.data)
