import uuid
from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.db import models
from django.db.models import Exists, OuterRef, Q, UniqueConstraint
from django.db.models.functions import Lower

from fluxrate.errors import RuleBroken
from fluxrate.models.querysets import LimitedQuerySet
from fluxrate.models.recorded import Recorded
from fluxrate.postgres.constraints import email_address
from fluxrate.postgres.triggers import history_triggers, response_erasure_triggers
from fluxrate.text import LineField, LoginEmailField, folded


class UserQuerySet(LimitedQuerySet["User"]):
    def within(self, organizations: tuple[uuid.UUID, ...]) -> Q:
        """The members of these organizations."""
        memberships: models.QuerySet = models.QuerySet(
            apps.get_model("organizations.Membership")
        )
        own = memberships.filter(user=OuterRef("pk"), organization__in=organizations)
        return Q(Exists(own))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Save a user; without a password they cannot log in."""
        user: User = self.model(email=email, **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> "User":
        """Save a user with every permission in the admin."""
        return self.create_user(
            email, password, **(fields | {"is_staff": True, "is_superuser": True})
        )

    def get_by_natural_key(self, username: str | None) -> "User":
        user: User = self.get(email=folded(username or ""))
        return user


class User(AbstractBaseUser, PermissionsMixin, Recorded):
    """A person who logs in: a member of organizations, or staff in the admin."""

    class EmailAlreadyConfirmed(RuleBroken):
        code = "email_already_confirmed"
        message = "Your address is confirmed already."

    USERNAME_FIELD = EMAIL_FIELD = "email"

    email = LoginEmailField(help_text="In lower case.")
    name = LineField(max_length=255, null=True, blank=True)
    email_confirmed_at = models.DateTimeField(null=True, editable=False)
    is_active = models.BooleanField(
        default=True, help_text="Clear this instead of deleting the user."
    )
    is_staff = models.BooleanField(default=False, help_text="May use the admin.")
    is_limited = models.BooleanField(
        default=False,
        db_default=False,
        help_text="In the admin, only the organizations below exist for this user.",
    )
    staff_organizations = models.ManyToManyField(
        "organizations.Organization", blank=True, related_name="+"
    )
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        db_default="UTC",
        help_text="Of all times.",
    )
    language = models.CharField(
        max_length=8, default="", db_default="", blank=True, help_text="Of the admin."
    )

    sessions_ended_at = models.DateTimeField(
        null=True, editable=False, help_text="Earlier logins to the admin have ended."
    )

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
                violation_error_message="email: Addresses are stored in lower case.",
            ),
            email_address("email", name="user_email_valid"),
            models.CheckConstraint(
                condition=Q(is_limited=False) | Q(is_superuser=False),
                name="user_limited_no_superuser",
                violation_error_code="invalid",
                violation_error_message=(
                    "is_limited: A superuser cannot be limited to organizations."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def limit(self) -> tuple[uuid.UUID, ...] | None:
        """The organizations that exist for the user in the admin; None for all."""
        if not self.is_limited:
            return None
        rows = self.staff_organizations.order_by()
        return tuple(rows.values_list("pk", flat=True))

    @classmethod
    def with_password(cls, password: str, **fields: object) -> Self:
        """A user who is not saved yet, with the password's hash."""
        user = cls(**fields)
        user.set_password(password)
        return user

    def lock(self) -> bool:
        """Lock the row until the transaction ends.

        False if the password or `is_active` has changed since the user was read.
        """
        rows = User.objects.select_for_update(no_key=True).filter(
            pk=self.pk, password=self.password, is_active=True
        )
        return bool(rows.values_list("pk"))

    def save_or_lock(self) -> bool:
        """Save a new user; lock an existing one as `lock` does."""
        if not self._state.adding:
            return self.lock()
        self.save(force_insert=True)
        return True

    def confirm_email(self, *, at: datetime) -> None:
        """Set `email_confirmed_at`, unless it is set."""
        if self.email_confirmed_at is None:
            self.email_confirmed_at = at
            self.save(update_fields=["email_confirmed_at"])

    def refuse_confirmed_email(self) -> None:
        if self.email_confirmed_at is not None:
            raise self.EmailAlreadyConfirmed
