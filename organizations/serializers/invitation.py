from typing import ClassVar

from rest_framework import serializers

from fluxrate.api.serializers import (
    ChoiceField,
    EmailField,
    StrictModelSerializer,
    StrictSerializer,
    TextField,
)
from fluxrate.text import folded
from organizations.models import Invitation, Role, User

from .ticket import EXAMPLE_SECRET, TokenField
from .user import PasswordField


class InvitationSerializer(StrictModelSerializer):
    descriptions: ClassVar = {
        "role": "The role of the new member.",
        "status": "Derived from the time.",
        "expires_at": "The link is valid until then.",
    }
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

    def validate_email(self, email: str) -> str:
        return folded(email)

    def get_status(self, invitation: Invitation) -> Invitation.Status:
        return invitation.status(at=self.context["at"])


class AcceptInvitationSerializer(StrictSerializer):
    """A new user chooses a password; an existing user sends theirs or is logged in."""

    example: ClassVar = {
        "token": EXAMPLE_SECRET,
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
