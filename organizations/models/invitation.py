"""Invitations to join an organization."""

from datetime import datetime

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Lower

from fluxrate.errors import RuleBroken
from fluxrate.models.owned import Owned
from fluxrate.postgres.constraint_triggers import ConstraintTrigger
from fluxrate.postgres.constraints import known_choice
from fluxrate.postgres.triggers import history_triggers, response_erasure_triggers
from fluxrate.text import LoginEmailField

from .membership import Membership, Role
from .ticket import LIFETIMES, Ticket
from .user import User

LIMIT = 100


class Invitation(Owned):
    """A place that waits for whoever reads mail at an address.

    It is there until it is accepted, revoked, or replaced by the next one to the same
    address; the secret in the mailed link is a Ticket.
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
                violation_error_message="email: Addresses are kept in lower case.",
            ),
            known_choice("role", Role, name="invitation_role_known"),
            ConstraintTrigger(
                name="invitation_limit",
                events="INSERT",
                when="true",
                row="NEW",
                lock="organizations_organization",
                violated_when=f"""{LIMIT} < (
                    SELECT count(*) FROM organizations_invitation
                    WHERE organization_id = NEW.organization_id
                )""",
                violation_error_code="too_many_invitations",
                violation_error_message=(
                    f"An organization has at most {LIMIT} invitations at a time. "
                    "Revoke those that nobody answers."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"

    @classmethod
    def invite(
        cls, *, email: str, role: str, by: Membership, at: datetime
    ) -> tuple["Invitation", str]:
        """Save an invitation in place of an earlier one, and the secret of its link."""
        if role == Role.OWNER and by.role != Role.OWNER:
            raise Membership.OwnersOnly
        by.organization.lock()
        if by.organization.memberships.filter(user__email=email).exists():
            raise cls.AlreadyMember
        earlier = cls.objects.owned_by(by.organization).filter(email=email)
        for invitation in earlier.select_for_update():
            invitation.delete()
        invitation = cls.objects.create(
            organization=by.organization,
            email=email,
            role=role,
            invited_by=by.user,
            expires_at=at + LIFETIMES[Ticket.Purpose.INVITATION],
        )
        return invitation, Ticket.issue(
            Ticket.Purpose.INVITATION, at=at, email=email, invitation=invitation
        )

    @classmethod
    def redeem(cls, secret: str, *, at: datetime) -> "Invitation":
        """The invitation that the mailed secret is for; it opens it only once.

        The invitation is locked before its ticket, as where it is revoked or replaced.
        """
        tickets = Ticket.objects.presented(secret, Ticket.Purpose.INVITATION, at=at)
        locked = cls.objects.select_for_update(of=["self"])
        list(locked.filter(pk__in=tickets.values_list("invitation_id", flat=True)))
        ticket = Ticket.redeem(secret, Ticket.Purpose.INVITATION, at=at)
        if ticket.invitation is None:
            raise Ticket.NotValid
        return ticket.invitation

    def accept(self, user: User) -> Membership:
        """Make the user a member; the invitation has served."""
        membership = Membership.objects.create(
            organization=self.organization, user=user, role=self.role
        )
        self.delete()
        return membership

    def status(self, *, at: datetime) -> Status:
        return self.Status.PENDING if self.expires_at > at else self.Status.EXPIRED
