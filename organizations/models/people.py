from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.db import models
from django.db.models import Q, UniqueConstraint
from django.db.models.functions import Lower, Now

from fluxrate.ids import uuid7
from fluxrate.text import LineField

from .organization import Organization


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
        user: User = self.get(email=(username or "").strip().lower())
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in: a member of organizations, or staff in the admin."""

    USERNAME_FIELD = EMAIL_FIELD = "email"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(help_text="Kept in lower case.")
    name = LineField(max_length=255, null=True, blank=True)
    is_active = models.BooleanField(
        default=True, help_text="Clear this instead of deleting the user."
    )
    is_staff = models.BooleanField(default=False, help_text="May use the admin.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    objects = UserManager()

    class Meta:
        ordering = ["email"]
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
                violation_error_message="A user's email is kept in lower case.",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def clean_fields(self, exclude: Any = None) -> None:
        self.email = self.email.strip().lower()
        super().clean_fields(exclude=exclude)

    def first_membership(self) -> "Membership | None":
        """The membership that login leads to: the oldest."""
        return self.memberships.select_related("organization").order_by("id").first()


class Role(models.TextChoices):
    OWNER = "OWNER"
    ADMIN = "ADMIN"
    MEMBER = "MEMBER"
    VIEWER = "VIEWER"


class Membership(models.Model):
    """A user's place in an organization."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        ordering = ["organization", "user"]
        constraints = [
            UniqueConstraint(
                fields=["organization", "user"],
                name="membership_once",
                violation_error_code="already_a_member",
                violation_error_message="This user is already a member.",
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} of {self.organization_id}"

    @classmethod
    def found(
        cls, *, email: str, password: str, organization_name: str
    ) -> "Membership":
        """Save a user, an organization, and the user as its owner."""
        user = User(email=email)
        user.set_password(password)
        user.save(force_insert=True)
        organization = Organization.objects.create(name=organization_name)
        return cls.objects.create(user=user, organization=organization, role=Role.OWNER)
