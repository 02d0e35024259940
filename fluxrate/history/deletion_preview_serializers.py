"""What a deletion would take, as JSON."""

from typing import ClassVar

from rest_framework import serializers

from fluxrate.api.serializers import StrictSerializer

from .count_serializers import (
    CUSTOMER,
    EXAMPLE_COUNTS,
    DeletionWarningSerializer,
    NounCountSerializer,
)


class DeletionPreviewSerializer(StrictSerializer):
    """What a deletion would take. Nothing is deleted yet."""

    example: ClassVar = {
        "object_type": "customer",
        "object_id": CUSTOMER,
        "deletes": EXAMPLE_COUNTS,
        "keeps": {"events": 12},
        "frees": {"external_id": "acme-corp-001"},
        "warnings": [
            {
                "code": "live_subscriptions",
                "message": "Subscriptions that are not canceled would end.",
                "count": 2,
            }
        ],
        "restorable_until": "2025-02-14T10:30:00Z",
        "confirm": "WyJ1c2VyOjAxOTNiMGM0IiwiIl0:1tXyzA:7Rk2Yw0sJ5Jc",
        "expires_at": "2025-01-15T10:40:00Z",
    }

    object_type = serializers.CharField(help_text="The noun, such as `customer`.")
    object_id = serializers.UUIDField(help_text="The id of the object.")
    deletes = serializers.DictField(
        child=NounCountSerializer(), help_text="The rows that go, by noun and status."
    )
    keeps = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="`events`: the object's own; the events of other rows stay, too.",
    )
    frees = serializers.DictField(
        help_text="Unique values that another object can have afterwards."
    )
    warnings = DeletionWarningSerializer(
        many=True, help_text="What to consider before the deletion."
    )
    restorable_until = serializers.DateTimeField(
        allow_null=True, help_text="Null if the organization's restore_days are 0."
    )
    confirm = serializers.CharField(
        help_text="The token for the parameter `confirm` of the deletion."
    )
    expires_at = serializers.DateTimeField(help_text="When the token expires.")
