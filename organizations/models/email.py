"""Emails that wait: rows of the transaction that asks for them."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import ClassVar, Self

from django.db import models, transaction
from django.db.models import CheckConstraint, Index, Q
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from fluxrate.ids import uuid7
from fluxrate.postgres.bounded import BoundedTimes
from fluxrate.postgres.constraints import known_choice
from fluxrate.text import LoginEmailField

from .invitation import Invitation
from .ticket import Purpose
from .user import User

# Longer than the mail server may take for one email (EMAIL_TIMEOUT is for each step).
LEASE = timedelta(minutes=2)


class Status(models.TextChoices):
    WAITING = "WAITING"
    SENT = "SENT"
    DISCARDED = "DISCARDED"
    UNDELIVERABLE = "UNDELIVERABLE"


class EmailQuerySet(models.QuerySet["Email"]):
    def due(self) -> Self:
        due = self.filter(status=Status.WAITING, due_at__lte=Now())
        return due.order_by("due_at", "id")

    def claim(self) -> "Email | None":
        """The email that is due first, hidden from other workers for two minutes.

        If its worker is killed, another one claims it then.
        """
        with transaction.atomic():
            rows = self.due().select_for_update(skip_locked=True, no_key=True)
            email = rows.first()
            if email is not None:
                email.attempts += 1
                email.postpone(LEASE)
        return email

    def done(self, *, before: timedelta) -> Self:
        """Emails that were sent, or given up, before this time ago."""
        done = self.exclude(status=Status.WAITING)
        return done.filter(created_at__lt=Now() - before)


class Email(BoundedTimes):
    """An email with a link, by its recipient. The text is made when it is sent, and the
    link's secret is computed, so that the row contains neither.

    `address` is that of a password reset: perhaps nobody's.
    """

    Status: ClassVar = Status

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField(max_length=20, choices=Purpose)
    status = models.CharField(max_length=13, choices=Status, default=Status.WAITING)
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, related_name="emails"
    )
    invitation = models.ForeignKey(
        Invitation, on_delete=models.CASCADE, null=True, related_name="emails"
    )
    address = LoginEmailField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar = EmailQuerySet.as_manager()

    class Meta:
        indexes = [
            Index(fields=["due_at"], condition=Q(status="WAITING"), name="email_due")
        ]
        constraints = [
            known_choice("status", Status, name="email_status_known"),
            CheckConstraint(
                condition=Q(
                    purpose=Purpose.INVITATION, invitation__isnull=False, user=None
                )
                | Q(
                    purpose=Purpose.EMAIL_CONFIRMATION,
                    user__isnull=False,
                    invitation=None,
                )
                | Q(purpose=Purpose.PASSWORD_RESET, user=None, invitation=None),
                name="email_for_one",
                violation_error_code="invalid",
                violation_error_message=(
                    "An email is for a user, an invitation or an address, as its "
                    "purpose says."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"

    @property
    def link_secret(self) -> str:
        """The same at each attempt; SECRET_KEY is needed to compute it."""
        digest = salted_hmac("fluxrate.email", str(self.pk), algorithm="sha256")
        return urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()

    def lock(self) -> bool:
        """Lock the row for this transaction; False if it was deleted meanwhile, with
        its recipient or because of a new password.
        """
        rows = Email.objects.select_for_update().filter(pk=self.pk)
        return rows.first() is not None

    def is_superseded(self) -> bool:
        """Whether a later email to the recipient waits, whose link will be valid."""
        return self._to_recipient().filter(id__gt=self.id).exists()

    def postpone(self, wait: timedelta) -> None:
        """Make it due after the wait, by the clock of the database."""
        rows = Email.objects.filter(pk=self.pk)
        rows.update(attempts=self.attempts, due_at=Now() + wait)

    @transaction.atomic
    def finish(self, status: str) -> None:
        """Set a final status, and forget the address and earlier emails that wait."""
        self._to_recipient().filter(id__lt=self.id).delete()
        Email.objects.filter(pk=self.pk).update(status=status, address=None)

    def _to_recipient(self) -> EmailQuerySet:
        waiting: EmailQuerySet = Email.objects.filter(
            status=Status.WAITING,
            purpose=self.purpose,
            user=self.user_id,
            invitation=self.invitation_id,
            address=self.address,
        )
        return waiting
