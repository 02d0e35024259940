"""Who is asking: the access_token cookie, checked against the database."""

from typing import Any
from urllib.parse import urlsplit

from django.db.models import F
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import SAFE_METHODS

from .access import MemberAccess
from .models import Membership, Session, User
from .tokens import Claims, read_access_token

ACCESS_COOKIE, REFRESH_COOKIE = "access_token", "refresh_token"


class CookieAuthentication(BaseAuthentication):
    """One SELECT says whether user, membership and session still stand."""

    security_scheme = (
        "cookie",
        {
            "type": "apiKey",
            "in": "cookie",
            "name": ACCESS_COOKIE,
            "description": "Set by signup, login and refresh; lives for 15 minutes.",
        },
    )

    def authenticate(self, request: Any) -> tuple[User, MemberAccess] | None:
        token = request.COOKIES.get(ACCESS_COOKIE)
        if token is None:
            return None
        claims = read_access_token(token)
        access = _access(claims) if claims else None
        if access is None:
            raise exceptions.AuthenticationFailed("The access token is not valid.")
        refuse_cross_site(request)
        return access.membership.user, access

    def authenticate_header(self, request: Any) -> str:
        return f'Cookie name="{ACCESS_COOKIE}"'


def _access(claims: Claims) -> MemberAccess | None:
    membership = (
        Membership.objects.select_related("organization", "user")
        .filter(
            user_id=claims.user_id,
            organization_id=claims.organization_id,
            user__is_active=True,
            user__sessions__id=claims.session_id,
            user__sessions__organization_id=claims.organization_id,
            user__sessions__ended_at=None,
        )
        .annotate(session_id=F("user__sessions__id"))
        .first()
    )
    if membership is None:
        return None
    return MemberAccess(membership, Session(id=claims.session_id))


def refuse_cross_site(request: Any) -> None:
    """403 for an unsafe request that a page of another origin makes with our cookie.

    Browsers send Sec-Fetch-Site and Origin (Fetch Standard); curl sends neither.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    if site in {"cross-site", "same-site"} or (
        origin is not None and urlsplit(origin).netloc != request.get_host()
    ):
        raise exceptions.PermissionDenied(
            "A page of another site cannot act with this cookie.", "cross_site"
        )
