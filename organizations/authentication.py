"""Who is asking: an API key or the access_token cookie, checked in the database."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication

from fluxrate.api.cross_site import refuse_cross_site
from fluxrate.postgres.compiled import compiled

from .access import KeyAccess, MemberAccess
from .models import ApiKey, Membership, Session, User
from .models.sessions import hashed
from .tokens import Claims, now, read_access_token

ACCESS_COOKIE, REFRESH_COOKIE = "access_token", "refresh_token"
API_KEY_HEADER = "X-API-Key"


class AmbiguousCredentials(exceptions.APIException):
    status_code = 400
    default_code = "ambiguous_credentials"
    default_detail = (
        "The API key and the cookie belong to different organizations. Send one."
    )


class ApiKeyAuthentication(BaseAuthentication):
    """One SELECT finds the key by its hash, with its organization."""

    security_scheme = (
        "api_key",
        {
            "type": "apiKey",
            "in": "header",
            "name": API_KEY_HEADER,
            "description": "Made by `POST /api/v1/api-keys`.",
        },
    )

    def authenticate(self, request: Any) -> tuple[None, KeyAccess] | None:
        given = request.headers.get(API_KEY_HEADER)
        if given is None:
            return None
        at = now()
        keys = presented(key_hash=hashed(given), at=at)
        if not keys:
            raise exceptions.AuthenticationFailed("The API key is not valid.")
        key = keys[0]
        claims = read_access_token(request.COOKIES.get(ACCESS_COOKIE, ""))
        if claims is not None and claims.organization_id != key.organization_id:
            raise AmbiguousCredentials
        if not key.use_is_noted(at=at):
            ApiKey.objects.filter(pk=key.pk).note_use(at=at)
        return None, KeyAccess(key)

    def authenticate_header(self, request: Any) -> str:
        return f'ApiKey header="{API_KEY_HEADER}", Cookie name="{ACCESS_COOKIE}"'


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
        if ACCESS_COOKIE not in request.COOKIES:
            return None
        access = member_access(request)
        if access is None:
            raise exceptions.AuthenticationFailed("The access token is not valid.")
        refuse_cross_site(request)
        return access.membership.user, access

    def authenticate_header(self, request: Any) -> str:
        return f'Cookie name="{ACCESS_COOKIE}"'


def member_access(request: Any) -> MemberAccess | None:
    """Whom the access cookie names, as long as their login stands."""
    claims = read_access_token(request.COOKIES.get(ACCESS_COOKIE, ""))
    return _access(claims) if claims else None


def _access(claims: Claims) -> MemberAccess | None:
    memberships = standing(
        user_id=claims.user_id,
        organization_id=claims.organization_id,
        session_id=claims.session_id,
        at=now(),
    )
    if not memberships:
        return None
    return MemberAccess(memberships[0], Session(id=claims.session_id))


@compiled
def presented(*, key_hash: bytes, at: datetime) -> QuerySet[ApiKey]:
    """The live key with this hash."""
    return ApiKey.objects.presented(key_hash, at=at)


@compiled
def standing(
    *, user_id: UUID, organization_id: UUID, session_id: UUID, at: datetime
) -> QuerySet[Membership]:
    """The membership with its user and organization, where all of them still stand."""
    return Membership.objects.select_related("organization", "user").filter(
        user_id=user_id,
        organization_id=organization_id,
        user__is_active=True,
        user__sessions__id=session_id,
        user__sessions__organization_id=organization_id,
        user__sessions__ended_at=None,
        user__sessions__expires_at__gt=at,
    )
