"""Secrets in emailed links. Each is for one purpose and works once."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now

from fluxrate.errors import RuleBroken
from fluxrate.ids import uuid7
from fluxrate.postgres.bounded import BoundedTimes
from fluxrate.text import LoginEmailField

from .api_key import sha256
from .invitation import LIFETIME, Invitation
from .user import User


class Purpose(models.TextChoices):
    INVITATION = "INVITATION"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - no password, a purpose
    EMAIL_CONFIRMATION = "EMAIL_CONFIRMATION"


LIFETIMES = {
    Purpose.INVITATION: LIFETIME,
    Purpose.PASSWORD_RESET: timedelta(hours=1),
    Purpose.EMAIL_CONFIRMATION: timedelta(days=7),
}


class TicketQuerySet(models.QuerySet["Ticket"]):
    def valid(self, secret: str, purpose: str, *, at: datetime) -> Self:
        """The ticket with this secret and purpose, until it expires."""
        return self.filter(
            token_hash=sha256(secret), purpose=purpose, expires_at__gt=at
        )


class Ticket(BoundedTimes):
    """The secret of an emailed link. Only its SHA-256 is stored.

    A new ticket for the same purpose and subject replaces the earlier one; a used
    ticket is deleted. `email` is the address that a user's ticket was sent to; the
    ticket is invalid once the user has another address.
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
        Invitation,
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
    def issue(
        cls, purpose: str, recipient: User | Invitation, secret: str, *, at: datetime
    ) -> None:
        """Save a ticket with this secret, replacing an earlier one."""
        cls.objects.update_or_create(
            purpose=purpose,
            user=recipient if isinstance(recipient, User) else None,
            invitation=recipient if isinstance(recipient, Invitation) else None,
            defaults={
                "token_hash": sha256(secret),
                "email": recipient.email,
                "expires_at": at + LIFETIMES[Purpose(purpose)],
            },
        )

    @classmethod
    def redeem(cls, secret: str, purpose: str, *, at: datetime) -> "Ticket":
        """Delete and return the ticket; of two concurrent calls one succeeds."""
        tickets = cls.objects.valid(secret, purpose, at=at)
        ticket: Ticket | None = tickets.select_for_update(no_key=True).first()
        if ticket is None:
            raise cls.NotValid
        Ticket.objects.filter(pk=ticket.pk).delete()
        return ticket

    @classmethod
    def redeem_user(cls, secret: str, purpose: str, *, at: datetime) -> User:
        """Redeem a user's ticket, while its email is still the user's.

        The user is locked before the ticket, in the order of `change_password`.
        """
        tickets = cls.objects.valid(secret, purpose, at=at)
        users = User.objects.filter(pk__in=tickets.values_list("user_id", flat=True))
        list(users.select_for_update(no_key=True))
        ticket = cls.redeem(secret, purpose, at=at)
        if ticket.user is None or ticket.user.email != ticket.email:
            raise cls.NotValid
        return ticket.user

    @classmethod
    def redeem_invitation(cls, secret: str, *, at: datetime) -> Invitation:
        """Redeem an invitation's ticket.

        The invitation is locked before the ticket, as when it is revoked or replaced.
        """
        tickets = cls.objects.valid(secret, Purpose.INVITATION, at=at)
        rows = Invitation.objects.filter(
            pk__in=tickets.values_list("invitation_id", flat=True)
        )
        list(rows.select_for_update(of=["self"]))
        ticket = cls.redeem(secret, Purpose.INVITATION, at=at)
        if ticket.invitation is None:
            raise cls.NotValid
        return ticket.invitation
