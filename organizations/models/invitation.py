"""Invitations to join an organization."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Lower

from fluxrate.errors import RuleBroken
from fluxrate.models.owned import Owned
from fluxrate.postgres.constraint_triggers import ConstraintTrigger
from fluxrate.postgres.constraints import email_address, known_choice
from fluxrate.postgres.triggers import history_triggers, response_erasure_triggers
from fluxrate.text import LoginEmailField

from .membership import Membership
from .role import Role
from .user import User

LIFETIME = timedelta(days=7)
MAX_INVITATIONS = 100


class Invitation(Owned):
    """An offer of a membership to an email address.

    It exists until it is accepted, revoked, or replaced by the next invitation to the
    same address. The secret of its link is a Ticket.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING"
        EXPIRED = "EXPIRED"

    class AlreadyMember(RuleBroken):
        code = "already_a_member"
        message = "This user is already a member."

    email = LoginEmailField(help_text="In lower case.")
    role = models.CharField(max_length=10, choices=Role)
    invited_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    expires_at = models.DateTimeField(editable=False)

    class Meta(Owned.Meta):
        triggers = [*history_triggers(), *response_erasure_triggers()]
        constraints = [
            UniqueConstraint(
                fields=["organization", "email"],
                name="invitation_once",
                violation_error_code="already_invited",
                violation_error_message="This address is being invited right now.",
            ),
            CheckConstraint(
                condition=Q(email=Lower("email")),
                name="invitation_email_lower_case",
                violation_error_code="invalid",
                violation_error_message="email: Addresses are stored in lower case.",
            ),
            email_address("email", name="invitation_email_valid"),
            known_choice("role", Role, name="invitation_role_known"),
            ConstraintTrigger(
                name="invitation_limit",
                events="INSERT",
                when="true",
                row="NEW",
                lock="organizations_organization",
                violated_when=f"""{MAX_INVITATIONS} < (
                    SELECT count(*) FROM organizations_invitation
                    WHERE organization_id = NEW.organization_id
                )""",
                violation_error_code="too_many_invitations",
                violation_error_message=(
                    f"An organization has at most {MAX_INVITATIONS} invitations at a "
                    "time. Revoke some."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"

    @classmethod
    def invite(
        cls, *, email: str, role: str, by: Membership, at: datetime
    ) -> "Invitation":
        """Save an invitation, replacing an earlier one to the same address."""
        if not Role(by.role).may_assign(role):
            raise Membership.OwnersOnly
        by.organization.lock()
        members = Membership.objects.owned_by(by.organization)
        if members.filter(user__email=email).exists():
            raise cls.AlreadyMember
        earlier = cls.objects.owned_by(by.organization).filter(email=email)
        for invitation in earlier.select_for_update():
            invitation.delete()
        return cls.objects.create(
            organization=by.organization,
            email=email,
            role=role,
            invited_by=by.user,
            expires_at=at + LIFETIME,
        )

    def accept(self, user: User) -> Membership:
        """Make the user a member, and delete the invitation."""
        membership = Membership.objects.create(
            organization=self.organization, user=user, role=self.role
        )
        self.delete()
        return membership

    def status(self, *, at: datetime) -> Status:
        return self.Status.PENDING if self.expires_at > at else self.Status.EXPIRED
