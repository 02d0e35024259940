import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.db import models
from django.db.models import Q, UniqueConstraint
from django.db.models.functions import Lower

from fluxrate.models.recorded import Recorded
from fluxrate.postgres.triggers import history_triggers, response_erasure_triggers
from fluxrate.text import LineField, LoginEmailField, folded

if TYPE_CHECKING:
    from .membership import Membership


class UserManager(BaseUserManager["User"] if TYPE_CHECKING else BaseUserManager):  # type: ignore[misc]
    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Save a user; without a password nobody can log in as them."""
        user: User = self.model(email=email, **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> "User":
        """Save a member of staff who may do everything in the admin."""
        return self.create_user(
            email, password, **(fields | {"is_staff": True, "is_superuser": True})
        )

    def get_by_natural_key(self, username: str | None) -> "User":
        user: User = self.get(email=folded(username or ""))
        return user


class User(AbstractBaseUser, PermissionsMixin, Recorded):
    """A person who logs in: a member of organizations, or staff in the admin."""

    USERNAME_FIELD = EMAIL_FIELD = "email"

    email = LoginEmailField(help_text="In lower case.")
    name = LineField(max_length=255, null=True, blank=True)
    email_confirmed_at = models.DateTimeField(null=True, editable=False)
    is_active = models.BooleanField(
        default=True, help_text="Clear this instead of deleting the user."
    )
    is_staff = models.BooleanField(default=False, help_text="May use the admin.")

    objects = UserManager()

    class Meta(Recorded.Meta):
        ordering = ["email"]
        # A login is an event of its own.
        triggers = [
            *history_triggers(secret=["password"], unrecorded=["last_login"]),
            *response_erasure_triggers(),
        ]
        constraints = [
            UniqueConstraint(
                fields=["email"],
                name="user_email_taken",
                violation_error_code="email_taken",
                violation_error_message=(
                    "A user with this email exists. Log in instead."
                ),
            ),
            models.CheckConstraint(
                condition=Q(email=Lower("email")),
                name="user_email_lower_case",
                violation_error_code="invalid",
                violation_error_message="email: Addresses are kept in lower case.",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def first_membership(self) -> "Membership | None":
        """The membership that login leads to: the oldest."""
        return self.memberships.select_related("organization").order_by("id").first()

    def lock(self) -> bool:
        """Hold the row until the transaction ends; False where the password or the
        right to log in has changed since it was read.
        """
        rows = User.objects.select_for_update(no_key=True).filter(
            pk=self.pk, password=self.password, is_active=True
        )
        return bool(rows.values_list("pk"))

    def keep(self) -> bool:
        """Save a user who is not saved yet; lock another, as `lock` does."""
        if not self._state.adding:
            return self.lock()
        self.save(force_insert=True)
        return True

    def change_password(
        self, password: str, *, at: datetime, keep: uuid.UUID | None = None
    ) -> None:
        """Set a password; every login but the one to keep ends, and links to reset."""
        self.set_password(password)
        self.save(update_fields=["password"])
        others = self.sessions.exclude(pk=keep) if keep else self.sessions
        others.end(at=at)
        self.tickets.filter(purpose="PASSWORD_RESET").delete()

    def confirm_email(self, *, at: datetime) -> None:
        """The user has shown that mail to the address reaches them."""
        if self.email_confirmed_at is None:
            self.email_confirmed_at = at
            self.save(update_fields=["email_confirmed_at"])
