import hashlib
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

from .membership import Membership
from .organization import Organization
from .user import User

# Requests that were sent side by side with one refresh token arrive within this time.
AT_ONCE = timedelta(seconds=2)


def hashed(secret: str) -> bytes:
    """SHA-256: the secrets are random, so a slow hash would gain nothing."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class SessionQuerySet(models.QuerySet):
    def live(self, *, at: datetime) -> Self:
        """Neither ended nor expired, of a user and a membership that still stand."""
        return self.filter(
            ended_at=None,
            expires_at__gt=at,
            user__is_active=True,
            organization__memberships__user=F("user"),
        )

    def over(self, *, at: datetime) -> Self:
        """Ended or expired for a day: nothing that names them is believed any more."""
        day_ago = at - timedelta(days=1)
        ended, expired = Q(ended_at__lt=day_ago), Q(expires_at__lt=day_ago)
        return self.filter(ended | expired)

    def named_by(self, token: str) -> Self:
        """The session that a refresh token `<session>.<secret>` names."""
        name = token.partition(".")[0]
        try:
            pk = uuid.UUID(name)
        except ValueError:
            return self.none()
        return self.filter(pk=pk) if str(pk) == name else self.none()

    def presented(self, token: str) -> Self:
        """The session whose newest refresh token this is."""
        return self.named_by(token).filter(refresh_hash=hashed(token.partition(".")[2]))

    def replaced_just_now(self, token: str) -> Self:
        """The session whose refresh token this was until a moment ago."""
        secret = hashed(token.partition(".")[2])
        # The database's clock at this statement, which waited for the one before.
        return self.filter(previous_hash=secret, refreshed_at__gt=_clock() - AT_ONCE)

    def end(self, *, at: datetime) -> int:
        return self.filter(ended_at=None).update(ended_at=at)


def _clock() -> models.Func:
    return models.Func(function="clock_timestamp", output_field=models.DateTimeField())


class Session(BoundedTimes):
    """A login: the family of refresh tokens that descend from it.

    Only the hashes of the newest refresh token and of the one before are stored.
    `ended_at` is set by logout, by a new password, by a switch to another organization,
    or when a used refresh token comes back.
    """

    class RefreshedAtOnce(RuleBroken):
        code = "refreshed_at_once"
        message = (
            "Another request has just used this refresh token. The cookies that it "
            "was answered with serve this one, too: send it again with them."
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
    def begin(cls, membership: Membership, *, at: datetime) -> tuple[Self, str]:
        """Save a login; the refresh token `<session>.<secret>` is shown only here."""
        session = cls(
            user_id=membership.user_id, organization_id=membership.organization_id
        )
        token = session.next_token(at=at, since=at)
        session.save(force_insert=True)
        return session, token

    @classmethod
    def renew(cls, token: str, *, at: datetime) -> "tuple[Session, str] | None":
        """Exchange a refresh token for the next; a used one ends the whole family.

        The row is changed only where it still holds the token's hash, so of many
        exchanges at once one wins. The others end nothing: RefreshedAtOnce.
        """
        rows = cls.objects.named_by(token)
        session = rows.live(at=at).first()
        if session is None:
            return None
        refresh = session.next_token(at=at, since=session.created_at)
        presented = cls.objects.presented(token).filter(ended_at=None)
        if presented.update(
            refresh_hash=session.refresh_hash,
            previous_hash=F("refresh_hash"),
            refreshed_at=_clock(),
            expires_at=session.expires_at,
        ):
            return session, refresh
        if rows.replaced_just_now(token).exists():
            raise cls.RefreshedAtOnce
        if rows.end(at=at):
            security("session.refresh_reused", session=str(session.pk))
        return None

    def switch(
        self, membership: Membership, *, at: datetime
    ) -> "tuple[Session, str] | None":
        """Go on in another organization: a new login in this one's place, only once.

        Runs in the caller's transaction. The user's row is locked as by a change of
        the password, which would otherwise miss the login that begins meanwhile.
        """
        standing = Session.objects.filter(pk=self.pk)
        if not membership.user.lock() or not standing.end(at=at):
            return None
        return Session.begin(membership, at=at)

    def membership(self) -> Membership:
        """The user's place in the session's organization."""
        return Membership.objects.select_related("user", "organization").get(
            user_id=self.user_id, organization_id=self.organization_id
        )

    def next_token(self, *, at: datetime, since: datetime) -> str:
        """Set the hash of a new refresh token, unsaved, and return the token.

        `since` is when the login began: it ends some time, however often refreshed.
        """
        secret = secrets.token_urlsafe(32)
        self.refresh_hash = hashed(secret)
        idle = timedelta(seconds=settings.REFRESH_TOKEN_SECONDS)
        whole = timedelta(seconds=settings.SESSION_SECONDS)
        self.expires_at = min(at + idle, since + whole)
        return f"{self.pk}.{secret}"
