import secrets
import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from fluxrate.errors import RuleBroken
from fluxrate.ids import uuid7
from fluxrate.logging import security
from fluxrate.postgres.bounded import BoundedTimes

from .api_key import sha256
from .organization import Organization
from .user import User

# Concurrent requests with the same refresh token arrive within this time.
CONCURRENCY = timedelta(seconds=2)


class SessionQuerySet(models.QuerySet["Session"]):
    def live(self, *, at: datetime) -> Self:
        """Neither ended nor expired, of an active user who is still a member."""
        return self.filter(
            ended_at=None,
            expires_at__gt=at,
            user__is_active=True,
            organization__memberships__user=F("user"),
        )

    def stale(self, *, at: datetime) -> Self:
        """Ended or expired a day ago: no access token that names them is valid."""
        day_ago = at - timedelta(days=1)
        ended, expired = Q(ended_at__lt=day_ago), Q(expires_at__lt=day_ago)
        return self.filter(ended | expired)

    def with_id_of(self, token: str) -> Self:
        """The session that a refresh token `<session id>.<secret>` names."""
        session_id = token.partition(".")[0]
        try:
            pk = uuid.UUID(session_id)
        except ValueError:
            return self.none()
        return self.filter(pk=pk) if str(pk) == session_id else self.none()

    def with_token(self, token: str) -> Self:
        """The session whose newest refresh token this is."""
        refresh_hash = sha256(token.partition(".")[2])
        return self.with_id_of(token).filter(refresh_hash=refresh_hash)

    def with_token_just_replaced(self, token: str) -> Self:
        """The session whose refresh token this was less than CONCURRENCY ago."""
        previous_hash = sha256(token.partition(".")[2])
        # This statement may have waited for the concurrent one: PostgreSQL's clock.
        since = _clock_timestamp() - CONCURRENCY
        return self.filter(previous_hash=previous_hash, refreshed_at__gt=since)

    def end(self, *, at: datetime) -> int:
        """Set `ended_at`; return how many sessions had not ended before."""
        return self.filter(ended_at=None).update(ended_at=at)


def _clock_timestamp() -> models.Func:
    return models.Func(function="clock_timestamp", output_field=models.DateTimeField())


class Session(BoundedTimes):
    """A login: the family of refresh tokens that descend from it.

    Only the hashes of the newest refresh token and of its predecessor are stored.
    `ended_at` is set by logout, by a new password, by a switch to another organization,
    or when a used refresh token is sent again.
    """

    class RefreshedAtOnce(RuleBroken):
        code = "refreshed_at_once"
        message = (
            "Another request has just used this refresh token. Repeat this request "
            "with the cookies of that response."
        )
        status = 401

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="+"
    )
    refresh_hash = models.BinaryField(max_length=32)
    previous_hash = models.BinaryField(max_length=32, null=True)
    refreshed_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = SessionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="session_expires_at")]

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def begin(
        cls, *, user_id: uuid.UUID, organization_id: uuid.UUID, at: datetime
    ) -> tuple[Self, str]:
        """Save a session; return it with its refresh token, which is not stored."""
        session = cls(user_id=user_id, organization_id=organization_id)
        token = session.next_token(at=at, since=at)
        session.save(force_insert=True)
        return session, token

    @classmethod
    def refresh(cls, token: str, *, at: datetime) -> "tuple[Session, str] | None":
        """Exchange a refresh token for the next; a used token ends the session.

        The row is updated only while it has the token's hash, so one of several
        concurrent exchanges succeeds. The others raise RefreshedAtOnce.
        """
        rows = cls.objects.with_id_of(token)
        session = rows.live(at=at).first()
        if session is None:
            return None
        next_token = session.next_token(at=at, since=session.created_at)
        current = cls.objects.with_token(token).filter(ended_at=None)
        if current.update(
            refresh_hash=session.refresh_hash,
            previous_hash=F("refresh_hash"),
            refreshed_at=_clock_timestamp(),
            expires_at=session.expires_at,
        ):
            return session, next_token
        if rows.with_token_just_replaced(token).exists():
            raise cls.RefreshedAtOnce
        if rows.end(at=at):
            security("session.refresh_reused", session=str(session.pk))
        return None

    def next_token(self, *, at: datetime, since: datetime) -> str:
        """Set the hash of a new refresh token, unsaved, and return the token.

        The session expires SESSION_SECONDS after `since`, however often refreshed.
        """
        secret = secrets.token_urlsafe(32)
        self.refresh_hash = sha256(secret)
        idle = timedelta(seconds=settings.REFRESH_TOKEN_SECONDS)
        lifetime = timedelta(seconds=settings.SESSION_SECONDS)
        self.expires_at = min(at + idle, since + lifetime)
        return f"{self.pk}.{secret}"
