from typing import ClassVar

from rest_framework import serializers

from fluxrate.api.serializers import StrictModelSerializer
from fluxrate.models import Batch

BATCH = "0193b0c9-3d10-7c22-8e41-5a6b7c8d9e0f"
EXAMPLE = {
    "id": BATCH,
    "kind": "customers.batch",
    "state": "revertible",
    "actor": "key:0193b0c4-2f6a-7c01-8b52-9d4e6f7a8b90",
    "request_id": "0193b0c4-7a1e-7c55-9f3c-5d1f0f6a1b2c",
    "reason": "Import of the new region",
    "counts": {"customer.created": 480, "customer.updated": 20},
    "reverts_id": None,
    "reverted_by_id": None,
    "reverted_at": None,
    "revertible_until": "2025-01-22T10:30:00Z",
    "created_at": "2025-01-15T10:30:00Z",
}
STATES = ["revertible", "reverted", "expired"]


class CountsField(serializers.DictField):
    """Event type → the number of changes."""

    child = serializers.IntegerField(min_value=1)


class BatchSerializer(StrictModelSerializer):
    descriptions: ClassVar = {
        "state": "Whether it can be reverted.",
        "actor": "Who made the changes, as in their events.",
        "request_id": "The request that made the changes.",
        "reason": "The text of X-Change-Reason.",
        "reverted_at": "Null unless it is reverted.",
        "revertible_until": "The end of the time in which it can be reverted.",
    }

    example: ClassVar = EXAMPLE

    id = serializers.UUIDField(source="object_id")
    kind = serializers.CharField(help_text="The request or the action, for programs.")
    state = serializers.ChoiceField(choices=STATES)
    counts = CountsField(help_text="Event type → the number of changes.")
    reverts_id = serializers.UUIDField(
        source="reverts", allow_null=True, help_text="The batch that this one reverts."
    )
    reverted_by_id = serializers.UUIDField(
        source="reverted_by",
        allow_null=True,
        help_text="The batch that reverted this one.",
    )
    reverted_at = serializers.DateTimeField(allow_null=True)
    revertible_until = serializers.DateTimeField()

    class Meta:
        model = Batch
        fields = list(EXAMPLE)
