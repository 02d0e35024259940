from datetime import datetime, timedelta
from typing import ClassVar

from rest_framework import serializers

from fluxrate.api.serializers import (
    ChoiceField,
    IntegerField,
    ListField,
    StrictModelSerializer,
    StrictSerializer,
)
from organizations.models import ApiKey, Scope

DAY, WEEK = 86_400, 604_800


class ApiKeySerializer(StrictModelSerializer):
    descriptions: ClassVar = {
        "name": "For people.",
        "status": "A key that is revoked or expired authenticates nobody.",
        "expires_at": "Null means never.",
        "revoked_at": "Null unless the key is revoked.",
    }

    example: ClassVar = {
        "id": "0193b0c4-6d2e-7b14-a3c5-8e9f0a1b2c3d",
        "name": "Provisioning",
        "prefix": "org_live_Vd3kQz8r",
        "scopes": ["customers.read", "customers.write"],
        "status": "ACTIVE",
        "expires_at": None,
        "last_used_at": "2025-01-15T10:30:00Z",
        "revoked_at": None,
        "replaces_id": None,
        "revision": 1,
        "created_at": "2025-01-01T00:00:00Z",
    }

    scopes = ListField(
        child=ChoiceField(choices=Scope.choices),
        allow_empty=False,
        max_length=100,
        help_text="The scopes that the key grants.",
    )
    status = serializers.SerializerMethodField()

    class Meta:
        model = ApiKey
        fields = [
            "id",
            "name",
            "prefix",
            "scopes",
            "status",
            "expires_at",
            "last_used_at",
            "revoked_at",
            "replaces_id",
            "revision",
            "created_at",
        ]

    def get_status(self, key: ApiKey) -> ApiKey.Status:
        return key.status(at=self.context["at"])

    def validate_expires_at(self, value: datetime | None) -> datetime | None:
        if value is not None and value <= self.context["at"]:
            raise serializers.ValidationError(
                "This must lie in the future.", "in_the_past"
            )
        return value


class IssuedApiKeySerializer(ApiKeySerializer):
    """An API key with its secret, which no other response contains."""

    example: ClassVar = ApiKeySerializer.example | {
        "key": "org_live_Vd3kQz8rT1mY6bN0cX5wJ2hL9pS4fG7aKeUoRiDqMsE",
        "last_used_at": None,
    }

    key = serializers.CharField(
        read_only=True,
        source="secret",
        allow_null=True,
        help_text="Shown once, since only its hash is stored. Null in a repeated "
        "response to an Idempotency-Key.",
    )

    class Meta(ApiKeySerializer.Meta):
        fields = ["id", "name", "key", *ApiKeySerializer.Meta.fields[2:]]


class RotateApiKeySerializer(StrictSerializer):
    example: ClassVar = {"overlap_seconds": DAY}

    overlap_seconds = IntegerField(
        default=DAY,
        min_value=0,
        max_value=WEEK,
        help_text="Seconds for which the old key stays valid: 0 to 604800 (7 days).",
    )

    def to_internal_value(self, data: object) -> dict[str, timedelta]:
        values = super().to_internal_value(data)
        return {"overlap": timedelta(seconds=values["overlap_seconds"])}
