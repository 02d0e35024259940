"""Access tokens (JWT, RFC 7519)."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt
from django.conf import settings

from .models import Session

ALGORITHM, ISSUER, AUDIENCE, TYPE = "HS256", "fluxrate", "fluxrate-api", "access"
CLAIMS = ["iss", "aud", "exp", "iat", "jti", "sub", "org", "sid", "typ"]


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
    return jwt.encode(claims, settings.JWT_SIGNING_KEY, algorithm=ALGORITHM)


def read_access_token(token: str) -> Claims | None:
    """What the token claims; None for one that is forged, expired or mistyped."""
    try:
        claims = jwt.decode(
            token,
            settings.JWT_SIGNING_KEY,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": CLAIMS},
        )
        if claims["typ"] != TYPE:
            return None
        return Claims(*(uuid.UUID(claims[name]) for name in ("sub", "org", "sid")))
    except (jwt.InvalidTokenError, ValueError, AttributeError, TypeError):
        return None


def now() -> datetime:
    return datetime.now(UTC)
