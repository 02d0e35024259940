"""The faces of users, organizations and what they log in with."""

from typing import Any

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from rest_framework import serializers

from fluxrate.api.serializers import (
    EmailField,
    StrictModelSerializer,
    StrictSerializer,
    TextField,
)

from .models import Organization, Role, User


class PasswordField(serializers.CharField):
    """Kept to the letter: neither trimmed nor normalized; 1,000 characters at most."""

    def __init__(self, **options: Any) -> None:
        bounds = {"max_length": 1000, "trim_whitespace": False, "write_only": True}
        super().__init__(**(bounds | options))

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class UserSerializer(StrictModelSerializer):
    class Meta:
        model = User
        fields = ["id", "email", "name", "created_at"]


class OrganizationSerializer(StrictModelSerializer):
    class Meta:
        model = Organization
        fields = ["id", "name", "created_at", "updated_at"]


class CredentialsSerializer(StrictSerializer):
    email = EmailField(max_length=254)
    password = PasswordField()

    def validate_email(self, email: str) -> str:
        return email.lower()


class SignupSerializer(CredentialsSerializer):
    organization_name = TextField(
        max_length=255, validators=Organization._meta.get_field("name").validators
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            user = User(email=attrs["email"])
            password_validation.validate_password(attrs["password"], user)
        except ValidationError as error:
            raise serializers.ValidationError({"password": error.messages}) from None
        return attrs


class WhoSerializer(StrictSerializer):
    """Who is logged in, where, and as what."""

    user = UserSerializer()
    organization = OrganizationSerializer()
    role = serializers.ChoiceField(choices=Role.choices)
