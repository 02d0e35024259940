"""Who belongs to an organization, and as what."""

import uuid
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import UniqueConstraint

from fluxrate.errors import RuleBroken
from fluxrate.ids import uuid7
from fluxrate.models.owned import Owned
from fluxrate.postgres.constraint_triggers import ConstraintTrigger, check_deferred
from fluxrate.postgres.constraints import known_choice
from fluxrate.postgres.triggers import history_triggers, response_erasure_triggers

from .organization import Organization
from .user import User

KEEPS_AN_OWNER = "membership_keeps_an_owner"


class Role(models.TextChoices):
    OWNER = "OWNER"
    ADMIN = "ADMIN"
    MEMBER = "MEMBER"
    VIEWER = "VIEWER"


class Membership(Owned):
    """A user's place in an organization.

    Verbs run in the caller's transaction. They lock the organization first and read the
    roles behind that lock: of two owners who demote each other at once, one may.
    """

    class OwnersOnly(RuleBroken):
        code = "owners_only"
        message = "Only an owner can make, change or remove an owner."
        status = 403

    class Gone(RuleBroken):
        code = "not_found"
        message = "Member not found"
        status = 404

    class AlreadyOwner(RuleBroken):
        code = "already_owner"
        message = "You own the organization already. Name another member."

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)

    class Meta(Owned.Meta):
        verbose_name = "member"
        triggers = [*history_triggers(), *response_erasure_triggers()]
        constraints = [
            UniqueConstraint(
                fields=["organization", "user"],
                name="membership_once",
                violation_error_code="already_a_member",
                violation_error_message="This user is already a member.",
            ),
            known_choice("role", Role, name="membership_role_known"),
            ConstraintTrigger(
                name=KEEPS_AN_OWNER,
                events="UPDATE OF role, organization_id OR DELETE",
                when="OLD.role = 'OWNER'",
                row="OLD",
                lock="organizations_organization",
                violated_when="""NOT EXISTS (
                    SELECT FROM organizations_membership
                    WHERE organization_id = OLD.organization_id AND role = 'OWNER'
                )""",
                deferred=True,
                violation_error_code="last_owner",
                violation_error_message=(
                    "This is the organization's last owner. Make another member an "
                    "owner first."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} of {self.organization_id}"

    def save(self, *args: Any, **options: Any) -> None:
        """Lock the organization before the row, in the order of every verb."""
        if not self._state.adding:
            Organization(pk=self.organization_id).lock()
        super().save(*args, **options)

    @classmethod
    def found(
        cls,
        *,
        email: str,
        password: str,
        organization_name: str,
        user_id: uuid.UUID | None = None,
    ) -> "Membership":
        """Save a user, an organization, and the user as its owner."""
        user = User(id=user_id or uuid7(), email=email)
        user.set_password(password)
        user.save(force_insert=True)
        organization = Organization.objects.create(name=organization_name)
        return cls.objects.create(user=user, organization=organization, role=Role.OWNER)

    def change_role(self, role: str, *, by: "Membership") -> None:
        """Give the member another role; only owners deal with owners."""
        settle(self, by)
        if Role.OWNER in {self.role, role} and by.role != Role.OWNER:
            raise self.OwnersOnly
        self.become(role)
        check_deferred(KEEPS_AN_OWNER)

    def remove(self, *, by: "Membership", at: datetime) -> None:
        """From the member's next request on, they are a stranger here."""
        settle(self, by)
        if self.role == Role.OWNER and by.role != Role.OWNER:
            raise self.OwnersOnly
        self.leave(at=at)

    def leave(self, *, at: datetime) -> None:
        """End the user's logins here, and their membership."""
        self.organization.lock()
        self.user.sessions.filter(organization=self.organization).end(at=at)
        self.delete()
        check_deferred(KEEPS_AN_OWNER)

    def take_over(self, *, by: "Membership") -> None:
        """Make this member the owner instead of that one, who stays as an admin."""
        settle(self, by)
        if by.role != Role.OWNER:
            raise self.OwnersOnly
        if self.pk == by.pk:
            raise self.AlreadyOwner
        self.become(Role.OWNER)
        by.become(Role.ADMIN)

    def become(self, role: str) -> None:
        self.role = role
        self.save(update_fields=["role"])


def settle(member: Membership, by: Membership) -> None:
    """Wait for other changes of the team; the roles that hold after them, count."""
    member.organization.lock()
    team = Membership.objects.filter(pk__in=[member.pk, by.pk])
    roles = dict(team.values_list("pk", "role"))
    if member.pk not in roles:
        raise Membership.Gone
    if roles.get(by.pk) not in {Role.OWNER, Role.ADMIN}:
        raise Membership.OwnersOnly
    member.role, by.role = roles[member.pk], roles[by.pk]
