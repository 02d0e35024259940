"""Authentication by API key or by the access_token cookie, read from the database.

A request has one of the two kinds of `Caller` (fluxrate.api.requests): a member, or an
API key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import ClassVar, cast
from uuid import UUID

from django.db import connection
from django.db.models import Model
from django.utils.timezone import now
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from fluxrate.api.cross_site import refuse_cross_site
from fluxrate.postgres.backend.base import fetch
from fluxrate.postgres.named_sql import parameter
from fluxrate.postgres.prepared import PreparedStatement
from organizations.models import ApiKey, Membership, Organization, Scope, User
from organizations.models.api_key import sha256
from organizations.models.membership import MembershipQuerySet
from organizations.models.role import Role, least_role

from .tokens import Claims, read_access_token

ACCESS_COOKIE, REFRESH_COOKIE = "access_token", "refresh_token"
API_KEY_HEADER = "X-API-Key"
# `{"` in base64url. No API key begins like that.
JWT_BEGINNING = "eyJ"
Values = Mapping[str, bytes | UUID | datetime]
# Every key may ask which organization it belongs to.
KEY_SCOPES = frozenset({"organization.read"})


class AmbiguousCredentials(exceptions.APIException):
    status_code = 400
    default_code = "ambiguous_credentials"
    default_detail = (
        "The API key and the cookie belong to different organizations. Send one."
    )


class NotForApiKeys(PermissionDenied):
    """No API key can have the scope."""

    default_code = "not_for_api_keys"

    def __init__(self, scope: str) -> None:
        role = least_role(scope).lower()
        super().__init__(
            f"API keys may not do this. Log in as {_article(role)} {role}."
        )


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def is_for_keys(scope: str) -> bool:
    """Whether an API key can have the scope."""
    return scope in KEY_SCOPES or scope in Scope.values


@dataclass(frozen=True, slots=True)
class MemberCaller:
    """A logged-in member, as the database had them at the start of the request."""

    membership: Membership
    session_id: UUID

    @property
    def organization(self) -> Organization:
        return self.membership.organization

    def may(self, scope: str) -> bool:
        """Whether the member's role has the scope (`ROLE_SCOPES`)."""
        return self.membership.may(scope)

    def require(self, scope: str) -> None:
        if not self.may(scope):
            raise PermissionDenied(f"This needs the scope {scope}.")

    def __str__(self) -> str:
        return f"user:{self.membership.user_id}"


@dataclass(frozen=True, slots=True)
class KeyCaller:
    """A program with a live API key."""

    key: ApiKey

    @property
    def organization(self) -> Organization:
        return self.key.organization

    def may(self, scope: str) -> bool:
        """Whether the key has the scope; `KeyCredential.caller_sql` says it in SQL."""
        return scope in KEY_SCOPES or scope in self.key.scopes

    def require(self, scope: str) -> None:
        if not is_for_keys(scope):
            raise NotForApiKeys(scope)
        if not self.may(scope):
            raise PermissionDenied(f"This needs the scope {scope}.")

    def __str__(self) -> str:
        return f"key:{self.key.pk}"


def member_caller(request: Request) -> MemberCaller:
    """The caller of a view whose scope no API key can have."""
    return cast(MemberCaller, request.auth)


class ApiKeyAuthentication(BaseAuthentication):
    """One SELECT reads the key, by its hash, and its organization."""

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

    @staticmethod
    def requirement(scope: str) -> str | None:
        """What a scope demands of an API key, for people; None if none can have it."""
        if scope in KEY_SCOPES:
            return "Every API key may do this."
        if is_for_keys(scope):
            return f"An API key needs the scope `{scope}`."
        return None

    def authenticate(self, request: Request) -> tuple[None, KeyCaller] | None:
        secret = api_key_header(request.headers)
        if secret is None:
            return None
        at = now()
        key = active_key(key_hash=sha256(secret), at=at)
        if key is None:
            raise exceptions.AuthenticationFailed(_not_valid(secret))
        if ACCESS_COOKIE in request.COOKIES:
            _refuse_other_organization(request.COOKIES[ACCESS_COOKIE], key)
        if not key.is_use_recorded(at=at):
            ApiKey.objects.filter(pk=key.pk).record_use(at=at)
        return None, KeyCaller(key)

    def authenticate_header(self, request: Request) -> str:
        """The challenge of every 401: DRF asks the first authenticator for it."""
        other = f'ApiKey header="{API_KEY_HEADER}", Cookie name="{ACCESS_COOKIE}"'
        return f'Bearer realm="fluxrate", {other}'


def api_key_header(headers: Mapping[str, str]) -> str | None:
    """The API key of X-API-Key or of Authorization; its other schemes are ignored."""
    value = headers.get(API_KEY_HEADER)
    scheme, _, bearer = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return value
    if value is not None and value != bearer.strip():
        raise AmbiguousCredentials("Two different API keys were sent. Send one.")
    return bearer.strip()


def _refuse_other_organization(token: str, key: ApiKey) -> None:
    claims = read_access_token(token)
    if claims is not None and claims.organization_id != key.organization_id:
        raise AmbiguousCredentials


def _not_valid(secret: str) -> str:
    if secret.startswith(JWT_BEGINNING):
        return f"An access token belongs in the cookie {ACCESS_COOKIE}, not here."
    return "The API key is not valid."


class CookieAuthentication(BaseAuthentication):
    """One SELECT reads user, membership and organization while the session lives."""

    security_schemes: ClassVar = {
        "cookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": ACCESS_COOKIE,
            "description": "Set by signup, login and refresh; lives for 15 minutes.",
        }
    }

    @staticmethod
    def requirement(scope: str) -> str:
        """What a scope demands of a member, for people."""
        role = least_role(scope)
        if role == Role.VIEWER:
            return "Every member may do this."
        return f"A member needs the role {role} or a higher one."

    def authenticate(self, request: Request) -> tuple[User, MemberCaller] | None:
        if ACCESS_COOKIE not in request.COOKIES:
            return None
        caller = cookie_caller(request)
        if caller is None:
            raise exceptions.AuthenticationFailed("The access token is not valid.")
        refuse_cross_site(request)
        return caller.membership.user, caller

    def authenticate_header(self, request: Request) -> str:
        return f'Cookie name="{ACCESS_COOKIE}"'


def cookie_caller(request: Request) -> MemberCaller | None:
    """The member that the access cookie names, while their session lives."""
    claims = read_access_token(request.COOKIES.get(ACCESS_COOKIE, ""))
    membership = active_membership(claims, at=now()) if claims else None
    if claims is None or membership is None:
        return None
    return MemberCaller(membership, claims.session_id)


def active_key(*, key_hash: bytes, at: datetime) -> ApiKey | None:
    """The live key with this hash, with its organization."""
    values: Values = {"key_hash": key_hash, "at": at}
    row = _fetch(_active_key(), values, ApiKey, Organization)
    if row is None:
        return None
    key, organization = cast("tuple[ApiKey, Organization]", row)
    key.organization = organization
    return key


def active_membership(claims: Claims, *, at: datetime) -> Membership | None:
    """The membership that a token names, with its organization and user.

    None unless the user is active, the session lives and the membership exists.
    """
    values: Values = {
        "user": claims.user_id,
        "organization": claims.organization_id,
        "session": claims.session_id,
        "at": at,
    }
    row = _fetch(_active_membership(), values, Membership, Organization, User)
    if row is None:
        return None
    membership, organization, user = cast("tuple[Membership, Organization, User]", row)
    membership.organization, membership.user = organization, user
    return membership


# Django takes longer to compile these two queries than PostgreSQL to answer them, and
# every request sends one: they are compiled once.
@cache
def _active_key() -> PreparedStatement:
    rows = ApiKey.objects.live(at=parameter("at"))
    rows = rows.filter(key_hash=parameter("key_hash")).select_related("organization")
    return PreparedStatement(str(rows.order_by().query.sql_with_params()[0]))


@cache
def _active_membership() -> PreparedStatement:
    rows = live_memberships().select_related("organization", "user")
    return PreparedStatement(str(rows.order_by().query.sql_with_params()[0]))


def live_memberships() -> MembershipQuerySet:
    """The membership that an access token names, if its user is active and its session
    lives. Parameters: `user`, `organization`, `session`, `at`.
    """
    return Membership.objects.filter(
        user=parameter("user"),
        organization=parameter("organization"),
        user__is_active=True,
        user__sessions__id=parameter("session"),
        user__sessions__organization_id=parameter("organization"),
        user__sessions__ended_at=None,
        user__sessions__expires_at__gt=parameter("at"),
    )


def _fetch(
    statement: PreparedStatement, values: Values, *models: type[Model]
) -> tuple[Model, ...] | None:
    """The first row of a SELECT over all columns of the models, as their instances."""
    rows = fetch(statement, values)
    if not rows:
        return None
    columns = iter(rows[0])
    return tuple(
        model.from_db(connection.alias, names, list(islice(columns, len(names))))
        for model in models
        for names in [[field.attname for field in model._meta.concrete_fields]]
    )
