"""Credentials as SQL: the statement that reads rows also checks the caller.

They say what a request shows. Whether it stands, only the database says: `caller_sql`
has no row for a credential that `authentication` would refuse.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.timezone import now

from fluxrate.api.cookies import parse_cookies
from fluxrate.postgres.named_sql import NamedSQL, parameter
from organizations.models import ApiKey, Role
from organizations.models.api_key import USE_INTERVAL, sha256

from .authentication import ACCESS_COOKIE, KEY_SCOPES, live_memberships
from .tokens import Claims, verified_token

_COOKIE, _KEY, _BEARER = "HTTP_COOKIE", "HTTP_X_API_KEY", "HTTP_AUTHORIZATION"
_MAX_LENGTH = 4_096
_MAX_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class MemberCredential:
    """The claims of a valid access token."""

    claims: Claims
    uses_cookie: ClassVar = True

    @property
    def actor(self) -> str:
        return f"user:{self.claims.user_id}"

    @property
    def organization_id(self) -> UUID:
        return self.claims.organization_id

    def parameters(self) -> dict[str, object]:
        return {
            "user": self.claims.user_id,
            "session": self.claims.session_id,
            "organization": self.claims.organization_id,
            "at": now(),
        }

    @staticmethod
    @cache
    def caller_sql(scopes: frozenset[str]) -> NamedSQL:
        """Selects `organization_id` of a member whose role has the scopes."""
        roles = [role.value for role in Role if all(map(role.may, scopes))]
        return _sql(live_memberships().filter(role__in=roles))


@dataclass(frozen=True, slots=True)
class KeyCredential:
    """The hash of an API key, and what never changes about the key."""

    key_hash: bytes
    key_id: UUID
    organization_id: UUID
    uses_cookie: ClassVar = False

    @property
    def actor(self) -> str:
        return f"key:{self.key_id}"

    def parameters(self) -> dict[str, object]:
        at = now()
        return {
            "key_hash": self.key_hash,
            "organization": self.organization_id,
            "at": at,
            "used_since": at - USE_INTERVAL,
        }

    @staticmethod
    @cache
    def caller_sql(scopes: frozenset[str]) -> NamedSQL:
        """Selects `organization_id` of the live key, if it has the scopes.

        A key whose `last_used_at` is a minute old has no row: authentication records
        its use.
        """
        rows = ApiKey.objects.live(at=parameter("at")).filter(
            key_hash=parameter("key_hash"),
            organization_id=parameter("organization"),
            last_used_at__gt=parameter("used_since"),
        )
        if needed := sorted(scopes - KEY_SCOPES):
            rows = rows.filter(scopes__contains=needed)
        return _sql(rows)


Credential = MemberCredential | KeyCredential
# A key never changes its hash, its id or its organization.
_keys: dict[bytes, KeyCredential] = {}


def read_credential(
    environ: Mapping[str, str], *, may_query: bool = True
) -> Credential | None:
    """The credential of a request; None if it has none, or one that is not usual.

    Without `may_query` the database is not asked, and the first use of a key is None.
    """
    secret, bearer = environ.get(_KEY), environ.get(_BEARER)
    cookie = environ.get(_COOKIE) or None
    if secret is None and bearer is None:
        return None if cookie is None else _member(cookie)
    if cookie is not None or (secret is not None and bearer is not None):
        return None
    if secret is None:
        scheme, _, secret = str(bearer).partition(" ")
        if scheme.lower() != "bearer":
            return None
        secret = secret.strip()
    return _key(secret, may_query=may_query)


def _member(header: str) -> MemberCredential | None:
    # Django removes a session cookie of the admin that names no session.
    if len(header) > _MAX_LENGTH or settings.SESSION_COOKIE_NAME in header:
        return None
    name, _, token = header.partition("=")
    if name != ACCESS_COOKIE or ";" in token or '"' in token:
        token = parse_cookies(header).get(ACCESS_COOKIE, "")
    verified = verified_token(token)
    if verified is None or verified.expires_at <= time.time():
        return None
    return MemberCredential(verified.claims)


def _key(secret: str, *, may_query: bool) -> KeyCredential | None:
    if not 0 < len(secret) <= _MAX_LENGTH:
        return None
    key_hash = sha256(secret)
    known = _keys.get(key_hash)
    if known is None and may_query:
        known = _stored_key(key_hash)
    return known


def _stored_key(key_hash: bytes) -> KeyCredential | None:
    key = ApiKey.objects.only("id", "organization_id").filter(key_hash=key_hash).first()
    if key is None:
        return None
    if len(_keys) >= _MAX_KEYS:
        _keys.clear()
    known = _keys[key_hash] = KeyCredential(key_hash, key.pk, key.organization_id)
    return known


def _sql(rows: QuerySet) -> NamedSQL:
    return NamedSQL.of_rows(rows.order_by().values("organization_id"), "caller_")
