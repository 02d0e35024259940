"""The check of a password, for the API and the admin."""

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from rest_framework.request import Request

from organizations.models import User

from .hash_limits import limited_threads
from .throttling import PasswordAttempt


class PasswordBackend(ModelBackend):
    """ModelBackend with rate limits. It already spends one hash on unknown users."""

    def authenticate(
        self,
        request: HttpRequest | Request | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: object,
    ) -> User | None:
        if not username or password is None:
            return None
        attempt = PasswordAttempt.of(request, username)
        with limited_threads():
            attempt.check()
            user = super().authenticate(request, username, password, **kwargs)
        if user is None:
            attempt.log_failure()
            return None
        attempt.record_success(user)
        return user
