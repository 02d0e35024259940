"""Sessions of users, and the caller of a request."""

from typing import ClassVar

from rest_framework import serializers

from fluxrate.api.serializers import StrictSerializer, UUIDField
from organizations.models import Role

from .api_key import ApiKeySerializer
from .organization import OrganizationSerializer
from .user import UserSerializer


class SessionSerializer(StrictSerializer):
    """The user who is logged in, with the organization and the role."""

    descriptions: ClassVar = {
        "role": "What the user may do in the organization.",
    }

    example: ClassVar = {
        "user": UserSerializer.example,
        "organization": OrganizationSerializer.example,
        "role": "OWNER",
    }

    user = UserSerializer()
    organization = OrganizationSerializer()
    role = serializers.ChoiceField(choices=Role.choices)


class CurrentCallerSerializer(StrictSerializer):
    """A user with their role, or an API key."""

    descriptions: ClassVar = {
        "user": "Null for an API key.",
        "role": "Null for an API key.",
        "api_key": "Null for a user.",
    }

    example: ClassVar = SessionSerializer.example | {"api_key": None}

    user = UserSerializer(source="membership.user", default=None, allow_null=True)
    organization = OrganizationSerializer()
    role = serializers.ChoiceField(
        source="membership.role", choices=Role.choices, default=None, allow_null=True
    )
    api_key = ApiKeySerializer(source="key", default=None, allow_null=True)


class SwitchOrganizationSerializer(StrictSerializer):
    descriptions: ClassVar = {
        "organization_id": "An organization of the user.",
    }

    example: ClassVar = {"organization_id": "0193b0c4-11d8-7a51-9d0e-6c1f3b5a7e90"}

    organization_id = UUIDField()
