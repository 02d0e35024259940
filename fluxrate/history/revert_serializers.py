from typing import ClassVar

from rest_framework import serializers

from fluxrate.api.serializers import BooleanField, StrictSerializer

from .batch_serializers import CountsField


class RevertBatchSerializer(StrictSerializer):
    example: ClassVar = {"dry_run": False}

    dry_run = BooleanField(
        default=False, help_text="Report the outcome, and change nothing."
    )


class RemainingChangeSerializer(serializers.Serializer):
    """A change that the revert leaves, and why."""

    object_type = serializers.CharField()
    object_id = serializers.UUIDField(
        allow_null=True, help_text="Null for all objects of the type."
    )
    field = serializers.CharField(
        allow_null=True,
        help_text="The field that stays, such as `metadata.crm`; null for the object.",
    )
    code = serializers.CharField()
    message = serializers.CharField()


class RevertOutcomeSerializer(serializers.Serializer):
    """The changes of a revert, and the changes of the batch that it leaves."""

    example: ClassVar = {
        "dry_run": False,
        "batch_id": "0193b0c9-8f44-7b01-9a3c-1d2e3f405162",
        "counts": {"customer.deleted": 479, "customer.updated": 20},
        "remaining_count": 1,
        "remaining": [
            {
                "object_type": "customer",
                "object_id": "550e8400-e29b-41d4-a716-446655440000",
                "field": None,
                "code": "changed_since",
                "message": "Somebody has changed this since.",
            }
        ],
    }

    dry_run = serializers.BooleanField()
    batch_id = serializers.UUIDField(
        allow_null=True,
        help_text="The batch of the revert; null for a dry run or without a change.",
    )
    counts = CountsField(help_text="Event type → the number of changes.")
    remaining_count = serializers.IntegerField(min_value=0)
    remaining = RemainingChangeSerializer(
        many=True, help_text="The first 1,000 changes that remain, each with a reason."
    )
