"""How a password is checked, for the API and the admin alike."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from organizations.models import User

from .hash_limits import password_room
from .throttling import PasswordAttempt


class PasswordBackend(ModelBackend):
    """Django's own, which hashes once whoever asks; but it may not be asked at will."""

    def authenticate(
        self,
        request: Any,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if not username or password is None:
            return None
        attempt = PasswordAttempt.of(request, username)
        with password_room():
            attempt.ask()
            user = super().authenticate(request, username, password, **kwargs)
        if user is None:
            attempt.failed()
            return None
        attempt.succeeded(user.pk)
        return user
