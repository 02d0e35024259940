"""Passwords as they are given, and which are refused."""

from typing import Any

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.fields import get_error_detail

from fluxrate.api.serializers import string
from fluxrate.text import opaque
from organizations.models import User


class PasswordField(serializers.CharField):
    """Not trimmed; compared in NFC. At most 1,000 characters."""

    def __init__(self, **options: Any) -> None:
        bounds = {"max_length": 1000, "trim_whitespace": False, "write_only": True}
        super().__init__(**(bounds | options))

    def to_internal_value(self, data: Any) -> str:
        return str(super().to_internal_value(string(data)))


def refuse_weak(password: str, user: User, *, field: str) -> None:
    """A 422 that names the field, where AUTH_PASSWORD_VALIDATORS refuse it."""
    try:
        password_validation.validate_password(opaque(password), user)
    except ValidationError as error:
        raise serializers.ValidationError({field: get_error_detail(error)}) from None
