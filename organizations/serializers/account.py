"""What people send to keep their account: passwords and links from letters."""

from typing import Any, ClassVar

from rest_framework import serializers

from fluxrate.api.serializers import EmailField, StrictSerializer, TextField, UUIDField
from fluxrate.text import folded

from .passwords import PasswordField, refuse_weak

SECRET = "Vd3kQz8rT1mY6bN0cX5wJ2hL9pS4fG7aKeUoRiDqMsE"  # noqa: S105 - an example


class TokenField(TextField):
    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "What stands behind the # of the mailed link.")
        super().__init__(max_length=100, **options)


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


class EmailSerializer(StrictSerializer):
    example: ClassVar = {"email": "ada@acme.com"}

    email = EmailField(max_length=254)

    def validate_email(self, email: str) -> str:
        return folded(email)


class PasswordResetSerializer(StrictSerializer):
    example: ClassVar = {"token": SECRET, "new_password": "staple-orbit-lantern"}

    token = TokenField()
    new_password = PasswordField()


class TokenSerializer(StrictSerializer):
    example: ClassVar = {"token": SECRET}

    token = TokenField()


class SwitchSerializer(StrictSerializer):
    example: ClassVar = {"organization_id": "0193b0c4-11d8-7a51-9d0e-6c1f3b5a7e90"}

    organization_id = UUIDField()


class SentSerializer(StrictSerializer):
    """What was done, in words."""

    example: ClassVar = {"detail": "If the address is known, a link is on its way."}

    detail = serializers.CharField()
