from django.db import models
from django.db.models import Q, UniqueConstraint

from .organization import Organization
from .people import User
from .recorded import Recorded


class Role(models.TextChoices):
    OWNER = "OWNER"
    ADMIN = "ADMIN"
    MEMBER = "MEMBER"
    VIEWER = "VIEWER"


class Membership(Recorded):
    """A user's place in an organization."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)

    class Meta(Recorded.Meta):
        verbose_name = "member"
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
