"""Access tokens (JWT, RFC 7519), signed with a key of their own."""

import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.conf import settings

from organizations.models import Session

ALGORITHM, ISSUER, AUDIENCE, TYPE = "HS256", "fluxrate", "fluxrate-api", "access"
CLAIMS = ["iss", "aud", "exp", "iat", "jti", "sub", "org", "sid", "typ"]
# How far the clocks of our machines may be apart.
LEEWAY = timedelta(seconds=5)
# What ACCESS_TOKEN_SECONDS may be at most.
LONGEST = timedelta(days=1)
# 32 bytes in base64url, with the two bits that are left over zero: one spelling only.
_SIGNATURE = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
# What PyJWT, json and uuid raise over what a stranger has written.
_MALFORMED = (
    jwt.InvalidTokenError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_OPTIONS: Any = {"require": CLAIMS, "strict_aud": True}


@dataclass(frozen=True, slots=True)
class Claims:
    user_id: uuid.UUID
    organization_id: uuid.UUID
    session_id: uuid.UUID


def access_token(session: Session, *, at: datetime) -> str:
    """A signed token that names the session's user and organization."""
    lifetime = timedelta(seconds=settings.ACCESS_TOKEN_SECONDS)
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "typ": TYPE,
        "iat": at,
        "exp": at + lifetime,
        "jti": secrets.token_urlsafe(12),
        "sub": str(session.user_id),
        "org": str(session.organization_id),
        "sid": str(session.pk),
    }
    key = settings.JWT_SIGNING_KEY
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": key_id(key)})


def read_access_token(token: str) -> Claims | None:
    """What the token claims; None for one that is forged, expired or mistyped."""
    if not _SIGNATURE.fullmatch(token.rpartition(".")[2]):
        return None
    try:
        key = _keys()[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=LEEWAY,
            options=_OPTIONS,
        )
        if claims["typ"] != TYPE or not _lasts(claims["iat"], claims["exp"]):
            return None
        return Claims(*(uuid.UUID(claims[name]) for name in ("sub", "org", "sid")))
    except _MALFORMED:
        return None


def _lasts(issued: object, expires: object) -> bool:
    """Whether these are the times of a token of ours: whole seconds, a day at most.

    PyJWT takes text, fractions and true for numbers.
    """
    if type(issued) is not int or type(expires) is not int:
        return False
    return 0 < expires - issued <= LONGEST.total_seconds()


def key_id(key: str) -> str:
    """Which key signed, told without telling the key."""
    return hashlib.sha256(f"kid:{key}".encode()).hexdigest()[:8]


def _keys() -> dict[str, str]:
    """The key that signs, and those that did and are still believed."""
    keys = [settings.JWT_SIGNING_KEY, *settings.JWT_SIGNING_KEY_FALLBACKS]
    return {key_id(key): key for key in keys}


def now() -> datetime:
    return datetime.now(UTC)
