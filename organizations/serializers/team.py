"""The faces of members and invitations."""

from typing import Any, ClassVar

from rest_framework import serializers

from fluxrate.api.serializers import (
    ChoiceField,
    EmailField,
    StrictModelSerializer,
    StrictSerializer,
    TextField,
)
from fluxrate.text import folded
from organizations.models import Invitation, Membership, Role, User

from .account import TokenField
from .passwords import PasswordField, refuse_weak


class MembershipSerializer(StrictModelSerializer):
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
        validators: ClassVar[list[Any]] = []

    def update(self, instance: Membership, validated_data: dict[str, Any]) -> Any:
        if "role" in validated_data:
            by = self.context["request"].auth.membership
            instance.change_role(validated_data["role"], by=by)
            instance.refresh_from_db(fields=["revision", "updated_at"])
        return instance


class InvitationSerializer(StrictModelSerializer):
    example: ClassVar = {
        "id": "0193b0c4-8e11-7d20-b1c2-3d4e5f607182",
        "email": "grace@acme.com",
        "role": "MEMBER",
        "status": "PENDING",
        "expires_at": "2025-01-22T10:30:00Z",
        "created_at": "2025-01-15T10:30:00Z",
    }

    email = EmailField(max_length=254)
    role = ChoiceField(choices=Role.choices)
    status = serializers.SerializerMethodField()

    class Meta:
        model = Invitation
        fields = ["id", "email", "role", "status", "expires_at", "created_at"]
        validators: ClassVar[list[Any]] = []

    def validate_email(self, email: str) -> str:
        return folded(email)

    def get_status(self, invitation: Invitation) -> Invitation.Status:
        return invitation.status(at=self.context["at"])


class AcceptSerializer(StrictSerializer):
    """A user of Fluxrate is logged in or gives their password; others choose one."""

    example: ClassVar = {
        "token": "Vd3kQz8rT1mY6bN0cX5wJ2hL9pS4fG7aKeUoRiDqMsE",
        "name": "Grace Hopper",
        "password": "correct-horse-battery",
    }

    token = TokenField()
    name = TextField(
        max_length=255,
        required=False,
        allow_null=True,
        validators=User._meta.get_field("name").validators,
    )
    password = PasswordField(required=False)

    @staticmethod
    def new_user(email: str, name: str | None, password: str | None) -> User:
        """An account for the invited address, not saved yet."""
        if password is None:
            raise serializers.ValidationError(
                {"password": "Choose a password for your account."}, "required"
            )
        user = User(email=email, name=name)
        refuse_weak(password, user, field="password")
        user.set_password(password)
        return user
