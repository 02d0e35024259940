"""Secrets that are mailed and open one door, once."""

import secrets
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now

from fluxrate.errors import RuleBroken
from fluxrate.ids import uuid7
from fluxrate.postgres.bounded import BoundedTimes
from fluxrate.text import LoginEmailField

from .session import hashed
from .user import User


class Purpose(models.TextChoices):
    INVITATION = "INVITATION"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - no password, a purpose
    EMAIL_CONFIRMATION = "EMAIL_CONFIRMATION"


LIFETIMES = {
    Purpose.INVITATION: timedelta(days=7),
    Purpose.PASSWORD_RESET: timedelta(hours=1),
    Purpose.EMAIL_CONFIRMATION: timedelta(days=7),
}


class TicketQuerySet(models.QuerySet):
    def presented(self, secret: str, purpose: str, *, at: datetime) -> Self:
        """The ticket whose secret this is, while it is valid for the purpose."""
        return self.filter(
            token_hash=hashed(secret), purpose=purpose, expires_at__gt=at
        )


class Ticket(BoundedTimes):
    """What the secret in a mailed link stands for. Only its SHA-256 is stored.

    A later ticket for the same takes the place of the earlier; a used one is gone. The
    address it was mailed to is kept: after a change of address it opens nothing.
    """

    Purpose: ClassVar = Purpose

    class NotValid(RuleBroken):
        code = "invalid_link"
        message = "This link was used, replaced or has expired. Ask for a new one."
        status = 422

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField(max_length=20, choices=Purpose)
    token_hash = models.BinaryField(max_length=32)
    email = LoginEmailField()
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, related_name="tickets"
    )
    invitation = models.ForeignKey(
        "organizations.Invitation",
        on_delete=models.CASCADE,
        null=True,
        related_name="tickets",
    )
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar = TicketQuerySet.as_manager()

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["token_hash"],
                name="ticket_hash",
                violation_error_code="conflict",
                violation_error_message="This link exists already. Ask for another.",
            ),
            UniqueConstraint(
                fields=["purpose", "user", "invitation"],
                nulls_distinct=False,
                name="ticket_newest_only",
                violation_error_code="conflict",
                violation_error_message=(
                    "Another link for this is being made right now. Try again."
                ),
            ),
            CheckConstraint(
                condition=Q(
                    purpose=Purpose.INVITATION, user=None, invitation__isnull=False
                )
                | Q(
                    purpose__in=[Purpose.PASSWORD_RESET, Purpose.EMAIL_CONFIRMATION],
                    user__isnull=False,
                    invitation=None,
                ),
                name="ticket_for_one",
                violation_error_code="invalid",
                violation_error_message=(
                    "A link is for a user, or for an invitation, as its purpose says."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"

    @classmethod
    def issue(cls, purpose: str, *, at: datetime, email: str, **subject: Any) -> str:
        """Save a ticket in place of an earlier one; return its secret, never stored."""
        secret = secrets.token_urlsafe(32)
        cls.objects.update_or_create(
            purpose=purpose,
            **({"user": None, "invitation": None} | subject),
            defaults={
                "token_hash": hashed(secret),
                "email": email,
                "expires_at": at + LIFETIMES[Purpose(purpose)],
            },
        )
        return secret

    @classmethod
    def redeem(cls, secret: str, purpose: str, *, at: datetime) -> "Ticket":
        """Use the ticket up in this transaction; of two at once, one succeeds."""
        tickets = cls.objects.presented(secret, purpose, at=at)
        ticket: Ticket | None = tickets.select_for_update(no_key=True).first()
        if ticket is None:
            raise cls.NotValid
        Ticket.objects.filter(pk=ticket.pk).delete()
        return ticket

    @classmethod
    def redeem_user(cls, secret: str, purpose: str, *, at: datetime) -> User:
        """The user whose ticket it is, while the address is still theirs.

        The user is locked before the ticket, as where a new password ends tickets.
        """
        tickets = cls.objects.presented(secret, purpose, at=at)
        holders = User.objects.filter(pk__in=tickets.values_list("user_id", flat=True))
        list(holders.select_for_update(no_key=True))
        ticket = cls.redeem(secret, purpose, at=at)
        if ticket.user is None or ticket.user.email != ticket.email:
            raise cls.NotValid
        return ticket.user
