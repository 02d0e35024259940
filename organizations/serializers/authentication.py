"""What people log in with, and who they then are."""

from typing import Any, ClassVar

from rest_framework import serializers

from fluxrate.api.serializers import EmailField, StrictSerializer, TextField
from fluxrate.text import folded
from organizations.models import Membership, Organization, Role, User

from .api_key import ApiKeySerializer
from .passwords import PasswordField, refuse_weak
from .people import OrganizationSerializer, UserSerializer
from .team import MembershipSerializer


class CredentialsSerializer(StrictSerializer):
    example: ClassVar = {"email": "ada@acme.com", "password": "correct-horse-battery"}

    email = EmailField(max_length=254)
    password = PasswordField()

    def validate_email(self, email: str) -> str:
        return folded(email)


class SignupSerializer(CredentialsSerializer):
    example: ClassVar = CredentialsSerializer.example | {"organization_name": "Acme"}

    organization_name = TextField(
        max_length=255, validators=Organization._meta.get_field("name").validators
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_weak(attrs["password"], User(email=attrs["email"]), field="password")
        return attrs


class WhoSerializer(StrictSerializer):
    """Who is logged in, where, and as what."""

    example: ClassVar = {
        "user": UserSerializer.example,
        "organization": OrganizationSerializer.example,
        "role": "OWNER",
    }

    user = UserSerializer()
    organization = OrganizationSerializer()
    role = serializers.ChoiceField(choices=Role.choices)


class CallerSerializer(StrictSerializer):
    """Who is asking: a user with their role, or an API key."""

    example: ClassVar = WhoSerializer.example | {"api_key": None}

    user = UserSerializer(source="membership.user", default=None, allow_null=True)
    organization = OrganizationSerializer()
    role = serializers.ChoiceField(
        source="membership.role", choices=Role.choices, default=None, allow_null=True
    )
    api_key = ApiKeySerializer(source="key", default=None, allow_null=True)


class PlaceSerializer(StrictSerializer):
    """An organization that the user belongs to, and as what."""

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
        help_text="Whether the access token is for this one."
    )

    def get_current(self, membership: Membership) -> bool:
        here: bool = self.context["request"].auth.membership.pk == membership.pk
        return here
