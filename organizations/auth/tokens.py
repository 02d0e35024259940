"""Access tokens: JWTs (RFC 7519), signed with JWT_SIGNING_KEY."""

import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import jwt
from django.conf import settings
from jwt.types import Options

from fluxrate.config.key_id import key_id
from organizations.models import Session

ALGORITHM, ISSUER, AUDIENCE, TYPE = "HS256", "fluxrate", "fluxrate-api", "access"
CLAIMS = ["iss", "aud", "exp", "iat", "jti", "sub", "org", "sid", "typ"]
# How much the clocks of our machines may differ.
LEEWAY = timedelta(seconds=5)
# The upper bound of ACCESS_TOKEN_SECONDS.
MAX_LIFETIME = timedelta(days=1)
# 32 bytes in canonical base64url: its two unused bits are zero.
_SIGNATURE = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
# The exceptions of PyJWT, json and uuid for malformed tokens.
_MALFORMED = (
    jwt.InvalidTokenError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_OPTIONS: Options = {"require": CLAIMS, "strict_aud": True}


@dataclass(frozen=True, slots=True)
class Claims:
    user_id: uuid.UUID
    organization_id: uuid.UUID
    session_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """`expires_at` is in seconds since 1970, and includes the leeway."""

    claims: Claims
    expires_at: float


def access_token(session: Session, *, at: datetime) -> str:
    """A signed token with the ids of the session, its user and its organization."""
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
    """The claims of a token; None if it is forged, expired or malformed."""
    verified = verified_token(token)
    return None if verified is None else verified.claims


def verified_token(token: str) -> VerifiedToken | None:
    """A token with a valid signature that has not expired."""
    keys = (settings.JWT_SIGNING_KEY, *settings.JWT_SIGNING_KEY_FALLBACKS)
    try:
        verified = _verified(token, keys)
    except _MALFORMED:
        return None
    return verified if datetime.now(UTC).timestamp() < verified.expires_at else None


@lru_cache(maxsize=10_000)
def _verified(token: str, keys: tuple[str, ...]) -> VerifiedToken:
    """The token, if its signature and its claims hold; only its expiry may change.

    An error is not remembered: the token may become valid.
    """
    if not _SIGNATURE.fullmatch(token.rpartition(".")[2]):
        raise jwt.InvalidTokenError
    claims = jwt.decode(
        token,
        {key_id(key): key for key in keys}[jwt.get_unverified_header(token)["kid"]],
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        issuer=ISSUER,
        leeway=LEEWAY,
        options=_OPTIONS,
    )
    if claims["typ"] != TYPE or not _is_lifetime(claims["iat"], claims["exp"]):
        raise jwt.InvalidTokenError
    ids = (uuid.UUID(claims[name]) for name in ("sub", "org", "sid"))
    return VerifiedToken(Claims(*ids), claims["exp"] + LEEWAY.total_seconds())


def _is_lifetime(issued: object, expires: object) -> bool:
    """Whether `iat` and `exp` are whole seconds, a day apart at most.

    PyJWT accepts text, fractions and true as numbers.
    """
    if type(issued) is not int or type(expires) is not int:
        return False
    return 0 < expires - issued <= MAX_LIFETIME.total_seconds()
