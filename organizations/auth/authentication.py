"""Who is asking: an API key or the access_token cookie, checked in the database."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication

from fluxrate.api.cross_site import refuse_cross_site
from fluxrate.postgres.compiled import compiled
from organizations.models import ApiKey, Membership, Session, User
from organizations.models.session import hashed

from .callers import KeyAccess, MemberAccess
from .tokens import Claims, now, read_access_token

ACCESS_COOKIE, REFRESH_COOKIE = "access_token", "refresh_token"
API_KEY_HEADER = "X-API-Key"
# `{"` in base64url: no API key begins like that.
JWT_BEGINNING = "eyJ"


class AmbiguousCredentials(exceptions.APIException):
    status_code = 400
    default_code = "ambiguous_credentials"
    default_detail = (
        "The API key and the cookie belong to different organizations. Send one."
    )


class ApiKeyAuthentication(BaseAuthentication):
    """One SELECT finds the key by its hash, with its organization."""

    security_schemes: ClassVar = {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "org_live_…",
            "description": "An API key, made by `POST /api/v1/api-keys`.",
        },
        "api_key": {
            "type": "apiKey",
            "in": "header",
            "name": API_KEY_HEADER,
            "description": "The same API key, in a header of its own.",
        },
    }

    def authenticate(self, request: Any) -> tuple[None, KeyAccess] | None:
        secret = shown_key(request.headers)
        if secret is None:
            return None
        at = now()
        keys = presented(key_hash=hashed(secret), at=at)
        if not keys:
            raise exceptions.AuthenticationFailed(_not_valid(secret))
        key = keys[0]
        claims = read_access_token(request.COOKIES.get(ACCESS_COOKIE, ""))
        if claims is not None and claims.organization_id != key.organization_id:
            raise AmbiguousCredentials
        if not key.use_is_noted(at=at):
            ApiKey.objects.filter(pk=key.pk).note_use(at=at)
        return None, KeyAccess(key)

    def authenticate_header(self, request: Any) -> str:
        """Of every 401, since this is the first authenticator (RFC 9110, 11.6.1)."""
        other = f'ApiKey header="{API_KEY_HEADER}", Cookie name="{ACCESS_COOKIE}"'
        return f'Bearer realm="fluxrate", {other}'


def shown_key(headers: Mapping[str, str]) -> str | None:
    """The API key of either header; other schemes of Authorization are none of ours."""
    own = headers.get(API_KEY_HEADER)
    scheme, _, bearer = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return own
    if own is not None and own != bearer.strip():
        raise AmbiguousCredentials("Two different API keys were sent. Send one.")
    return bearer.strip()


def _not_valid(secret: str) -> str:
    if secret.startswith(JWT_BEGINNING):
        return f"An access token belongs in the cookie {ACCESS_COOKIE}, not here."
    return "The API key is not valid."


class CookieAuthentication(BaseAuthentication):
    """One SELECT says whether user, membership and session still stand."""

    security_schemes: ClassVar = {
        "cookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": ACCESS_COOKIE,
            "description": "Set by signup, login and refresh; lives for 15 minutes.",
        }
    }

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
