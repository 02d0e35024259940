"""Users: signup, password, email address."""

from typing import Any, ClassVar

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.fields import get_error_detail

from fluxrate.api.serializers import (
    EmailField,
    StrictModelSerializer,
    StrictSerializer,
    TextField,
    string,
)
from fluxrate.text import folded, opaque
from organizations.models import Organization, User

from .ticket import EXAMPLE_SECRET, TokenField


class PasswordField(serializers.CharField):
    """At most 1,000 characters, not trimmed. Passwords are compared in NFC."""

    def __init__(self, **options: Any) -> None:
        bounds = {"max_length": 1000, "trim_whitespace": False, "write_only": True}
        super().__init__(**(bounds | options))

    def to_internal_value(self, data: Any) -> str:
        return str(super().to_internal_value(string(data)))


def refuse_weak(password: str, user: User, *, field: str) -> None:
    """422 with the field if AUTH_PASSWORD_VALIDATORS refuse the password."""
    try:
        password_validation.validate_password(opaque(password), user)
    except ValidationError as error:
        raise serializers.ValidationError({field: get_error_detail(error)}) from None


class UserSerializer(StrictModelSerializer):
    descriptions: ClassVar = {
        "email_confirmed_at": "Null until the user confirms the address.",
    }

    example: ClassVar = {
        "id": "0193b0c4-11d5-7f02-8b9a-0e1d2c3b4a59",
        "email": "ada@acme.com",
        "name": None,
        "email_confirmed_at": "2025-01-01T00:05:00Z",
        "created_at": "2025-01-01T00:00:00Z",
    }

    class Meta:
        model = User
        fields = ["id", "email", "name", "email_confirmed_at", "created_at"]


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


class PasswordChangeSerializer(StrictSerializer):
    example: ClassVar = {
        "current_password": "correct-horse-battery",
        "new_password": "staple-orbit-lantern",
    }

    current_password = PasswordField()
    new_password = PasswordField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        user = self.context["user"]
        refuse_weak(attrs["new_password"], user, field="new_password")
        return attrs


class EmailAddressSerializer(StrictSerializer):
    example: ClassVar = {"email": "ada@acme.com"}

    email = EmailField(max_length=254)

    def validate_email(self, email: str) -> str:
        return folded(email)


class PasswordResetSerializer(StrictSerializer):
    example: ClassVar = {
        "token": EXAMPLE_SECRET,
        "new_password": "staple-orbit-lantern",
    }

    token = TokenField()
    new_password = PasswordField()


class AcknowledgementSerializer(StrictSerializer):
    """A sentence for people."""

    example: ClassVar = {"detail": "If the address is known, a link is on its way."}

    detail = serializers.CharField()
