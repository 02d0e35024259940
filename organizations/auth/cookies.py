"""The two cookies of a session (RFC 6265bis)."""

from django.conf import settings
from django.utils.timezone import now
from rest_framework.response import Response

from organizations.models import Session

from .authentication import ACCESS_COOKIE, REFRESH_COOKIE
from .tokens import access_token


def set_cookies(response: Response, session: Session, refresh: str) -> Response:
    """HttpOnly, SameSite=Lax, Path=/, no Domain; Secure under HTTPS."""
    access = access_token(session, at=now())
    for name, value, max_age in (
        (ACCESS_COOKIE, access, settings.ACCESS_TOKEN_SECONDS),
        (REFRESH_COOKIE, refresh, settings.REFRESH_TOKEN_SECONDS),
    ):
        response.set_cookie(
            name,
            value,
            max_age=max_age,
            httponly=True,
            samesite="Lax",
            secure=settings.HTTPS,
        )
    return response


def clear_cookies(response: Response) -> Response:
    for name in (ACCESS_COOKIE, REFRESH_COOKIE):
        response.delete_cookie(name, samesite="Lax")
    return response
