"""The responses of the batch endpoints."""

from collections.abc import Mapping
from typing import ClassVar

from rest_framework import serializers

from customers.serializers.customer import CustomerSerializer
from customers.serializers.subscription import SubscriptionSerializer

BATCH = "0193b0c9-3d10-7c22-8e41-5a6b7c8d9e0f"


class FieldErrorSerializer(serializers.Serializer):
    """An error of an operation; `field` is empty for the operation as a whole."""

    field = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    message = serializers.CharField()


class ResultSerializer(serializers.Serializer):
    """The result of an operation."""

    index = serializers.IntegerField(help_text="The operation's position, from 0.")
    status = serializers.IntegerField(
        help_text="The HTTP status that the single request would have."
    )
    code = serializers.CharField(
        allow_null=True, help_text="The error code; null without an error."
    )
    errors = FieldErrorSerializer(  # type: ignore[assignment]
        many=True, help_text="Empty without an error."
    )


class CustomerResultSerializer(ResultSerializer):
    data = CustomerSerializer(allow_null=True)  # type: ignore[assignment]


class SubscriptionResultSerializer(ResultSerializer):
    data = SubscriptionSerializer(allow_null=True)  # type: ignore[assignment]


def count(noun: str) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, help_text=f"The number of {noun}.")


class MetaSerializer(serializers.Serializer):
    """The number of results of each kind, and the batch."""

    failed = count("operations that failed")
    dry_run = serializers.BooleanField(help_text="Whether nothing was changed.")
    batch_id = serializers.UUIDField(
        allow_null=True, help_text="The batch of the changes; null without a change."
    )


class CustomerMetaSerializer(MetaSerializer):
    created = count("new customers")
    updated = count("changed customers")
    unchanged = count("operations that changed no value")
    deleted = count("deleted customers")


class SubscriptionMetaSerializer(MetaSerializer):
    updated = count("actions that were done")


def _example(data: Mapping[str, object], **counts: int) -> dict[str, object]:
    row: dict[str, object] = {
        "index": 0,
        "status": 200,
        "code": None,
        "data": data,
        "errors": [],
    }
    meta = counts | {"failed": 0, "dry_run": False, "batch_id": BATCH}
    return {"data": [row], "meta": meta}


class CustomerBatchResultSerializer(serializers.Serializer):
    """The results, in the order of the operations."""

    example: ClassVar = _example(
        CustomerSerializer.example, created=0, updated=1, unchanged=0, deleted=0
    )
    data = CustomerResultSerializer(many=True)  # type: ignore[assignment]
    meta = CustomerMetaSerializer()


class SubscriptionBatchResultSerializer(serializers.Serializer):
    """The results, in the order of the operations."""

    example: ClassVar = _example(SubscriptionSerializer.example, updated=1)
    data = SubscriptionResultSerializer(many=True)  # type: ignore[assignment]
    meta = SubscriptionMetaSerializer()
