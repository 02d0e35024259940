"""Members of organizations, and their roles."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import UniqueConstraint

from fluxrate.errors import RuleBroken
from fluxrate.ids import uuid7
from fluxrate.models.owned import Owned
from fluxrate.models.querysets import OwnedQuerySet
from fluxrate.postgres.constraint_triggers import ConstraintTrigger, check_deferred
from fluxrate.postgres.constraints import known_choice
from fluxrate.postgres.triggers import history_triggers, response_erasure_triggers

from .organization import Organization
from .role import Role
from .session import Session
from .user import User

KEEPS_AN_OWNER = "membership_keeps_an_owner"


class MembershipQuerySet(OwnedQuerySet["Membership"]):
    def first_of(self, user: User) -> "Membership | None":
        """The user's oldest membership, to which a login leads."""
        rows = self.filter(user=user).select_related("organization", "user")
        return rows.order_by("id").first()

    def of_session(self, session: Session) -> "Membership":
        """The membership for which the session was begun."""
        return self.select_related("organization", "user").get(
            user=session.user_id, organization=session.organization_id
        )


class Membership(Owned):
    """A user's membership in an organization.

    Methods that change it run in the caller's transaction, lock the organization and
    then read the roles: if two owners demote each other concurrently, one succeeds.
    """

    class OwnersOnly(RuleBroken):
        code = "owners_only"
        message = "Only an owner can make, change or remove an owner."
        status = 403

    class NotFound(RuleBroken):
        code = "not_found"
        message = "Member not found"
        status = 404

    class AlreadyOwner(RuleBroken):
        code = "already_owner"
        message = "You own the organization already. Name another member."

    organization = models.ForeignKey(
        Organization,
        on_delete=models.CASCADE,
        related_name="memberships",
        db_index=False,
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)

    objects: ClassVar = MembershipQuerySet.as_manager()

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
        """The names that are loaded, and no statement for others."""
        model = type(self)
        user = self.user if model.user.is_cached(self) else self.user_id
        is_loaded = model.organization.is_cached(self)
        owner = self.organization if is_loaded else self.organization_id
        return f"{user}, {self.role}, {owner}"

    def save(self, *args: Any, **options: Any) -> None:
        """Lock the organization before the row, as every other method does."""
        if not self._state.adding:
            Organization(pk=self.organization_id).lock()
        super().save(*args, **options)

    @classmethod
    def create_with_owner(
        cls,
        *,
        email: str,
        password: str,
        organization_name: str,
        user_id: uuid.UUID | None = None,
    ) -> "Membership":
        """Save a user, an organization, and the user as its owner."""
        user = User.with_password(password, id=user_id or uuid7(), email=email)
        user.save(force_insert=True)
        organization = Organization.objects.create(name=organization_name)
        return cls.objects.create(user=user, organization=organization, role=Role.OWNER)

    def may(self, scope: str) -> bool:
        """Whether the member's role has the scope."""
        return Role(self.role).may(scope)

    def require_owner(self) -> None:
        """Lock the organization; OwnersOnly unless the member is an owner by then."""
        self._lock_and_reload(self)
        if self.role != Role.OWNER:
            raise self.OwnersOnly("Only an owner can close the organization.")

    def change_role(self, role: str, *, by: "Membership") -> None:
        """Set another role. Only an owner makes an owner or changes an owner's role."""
        self._lock_and_reload(by)
        self._refuse_unless_assignable(by, self.role, role)
        self._set_role(role)
        check_deferred(KEEPS_AN_OWNER)

    def remove(self, *, by: "Membership", at: datetime) -> None:
        """Delete the membership. Only an owner removes an owner."""
        self._lock_and_reload(by)
        self._refuse_unless_assignable(by, self.role)
        self.leave(at=at)

    def leave(self, *, at: datetime) -> None:
        """Delete the membership and end its sessions."""
        self.organization.lock()
        sessions = Session.objects.filter(user=self.user_id)
        sessions.filter(organization=self.organization_id).end(at=at)
        self.delete()
        check_deferred(KEEPS_AN_OWNER)

    def receive_ownership(self, *, by: "Membership") -> None:
        """Make this member the owner; `by`, an owner, becomes an admin."""
        self._lock_and_reload(by)
        self._refuse_unless_assignable(by, Role.OWNER)
        if self.pk == by.pk:
            raise self.AlreadyOwner
        self._set_role(Role.OWNER)
        by._set_role(Role.ADMIN)  # noqa: SLF001 - of the same class

    def begin_session(self, *, at: datetime) -> tuple[Session, str]:
        """Save a session; return it with its refresh token, which is not stored."""
        return Session.begin(
            user_id=self.user_id, organization_id=self.organization_id, at=at
        )

    def replace_session(
        self, session_id: uuid.UUID, *, at: datetime
    ) -> tuple[Session, str] | None:
        """End the user's session, and begin one here; None if it has ended already.

        A change of the password locks the user, too. Without the lock it would miss the
        session that begins meanwhile.
        """
        sessions = Session.objects.filter(pk=session_id)
        if not self.user.lock() or not sessions.end(at=at):
            return None
        return self.begin_session(at=at)

    def _set_role(self, role: str) -> None:
        self.role = role
        self.save(update_fields=["role"])

    def _refuse_unless_assignable(self, by: "Membership", *roles: str) -> None:
        if not Role(by.role).may_assign(*roles):
            raise self.OwnersOnly

    def _lock_and_reload(self, by: "Membership") -> None:
        """Lock the organization, then re-read both roles."""
        self.organization.lock()
        team = Membership.objects.filter(pk__in=[self.pk, by.pk])
        roles = dict(team.values_list("pk", "role"))
        if self.pk not in roles:
            raise self.NotFound
        if by.pk not in roles or not Role(roles[by.pk]).may("members.write"):
            raise self.OwnersOnly
        self.role, by.role = roles[self.pk], roles[by.pk]
