"""Members, and the organizations that a user is a member of."""

from typing import Any, ClassVar

from rest_framework import serializers

from fluxrate.api.serializers import (
    ChoiceField,
    StrictModelSerializer,
    StrictSerializer,
)
from organizations.auth.authentication import member_caller
from organizations.models import Membership, Role

from .organization import OrganizationSerializer


class MembershipSerializer(StrictModelSerializer):
    descriptions: ClassVar = {
        "role": "What the member may do.",
    }

    example: ClassVar = {
        "id": "0193b0c4-11d9-7c33-8f10-5a6b7c8d9e0f",
        "user_id": "0193b0c4-11d5-7f02-8b9a-0e1d2c3b4a59",
        "email": "ada@acme.com",
        "name": "Ada Lovelace",
        "role": "ADMIN",
        "revision": 2,
        "created_at": "2025-01-01T00:00:00Z",
        "updated_at": "2025-01-15T10:30:00Z",
    }

    email = serializers.EmailField(source="user.email", read_only=True)
    name = serializers.CharField(source="user.name", read_only=True, allow_null=True)
    role = ChoiceField(choices=Role.choices)

    class Meta:
        model = Membership
        fields = [
            "id",
            "user_id",
            "email",
            "name",
            "role",
            "revision",
            "created_at",
            "updated_at",
        ]

    def update(
        self, instance: Membership, validated_data: dict[str, Any]
    ) -> Membership:
        if "role" in validated_data:
            by = member_caller(self.context["request"]).membership
            instance.change_role(validated_data["role"], by=by)
            instance.refresh_from_db(fields=["revision", "updated_at"])
        return instance


class UserOrganizationSerializer(StrictSerializer):
    """An organization of the user, with their role."""

    descriptions: ClassVar = {
        "role": "What the user may do there.",
    }

    example: ClassVar = {
        "id": MembershipSerializer.example["id"],
        "organization": OrganizationSerializer.example,
        "role": "OWNER",
        "current": True,
    }

    id = serializers.UUIDField()
    organization = OrganizationSerializer()
    role = serializers.ChoiceField(choices=Role.choices)
    current = serializers.SerializerMethodField(
        help_text="Whether the access token belongs to this organization."
    )

    def get_current(self, membership: Membership) -> bool:
        return member_caller(self.context["request"]).membership.pk == membership.pk
