"""The settings that FLUXRATE_ENV=production requires."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from django.core.exceptions import ImproperlyConfigured

_KEYS = ("SECRET_KEY", "JWT_SIGNING_KEY")
_KEY_LENGTH = 50


def require_settings(settings: Mapping[str, Any]) -> None:
    """Raise ImproperlyConfigured with everything that is missing."""
    missing = list(_missing(settings))
    if missing:
        raise ImproperlyConfigured(
            "FLUXRATE_ENV=production needs more: " + " ".join(missing)
        )


def _missing(settings: Mapping[str, Any]) -> Iterator[str]:
    for name in _KEYS:
        if len(settings[name]) < _KEY_LENGTH:
            yield (
                f"{name} (or {name}_FILE) must be set to at least {_KEY_LENGTH} "
                "random characters."
            )
    if settings["SECRET_KEY"] and settings["SECRET_KEY"] == settings["JWT_SIGNING_KEY"]:
        yield "SECRET_KEY and JWT_SIGNING_KEY must differ."
    if not settings["ALLOWED_HOSTS"] or "*" in settings["ALLOWED_HOSTS"]:
        yield "ALLOWED_HOSTS must name the hosts that are served, and not be *."
    if settings["DEBUG"]:
        yield "DEBUG must be off."
    if settings.get("EMAIL_HOST") and not settings.get("PUBLIC_URL"):
        yield "PUBLIC_URL must be set with EMAIL_HOST: links in emails begin with it."


class Settings(Protocol):
    EMAIL_HOST: str
    EMBEDDED: bool


def warnings(settings: Settings) -> Iterator[str]:
    """Warnings at a start in production about settings that are seldom intended."""
    if not settings.EMAIL_HOST:
        yield "EMAIL_HOST is not set: no email is sent, not even to reset a password."
    if settings.EMBEDDED:
        yield "DATABASE_URL is not set: the embedded PostgreSQL holds the data."
