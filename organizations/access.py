"""A caller: whose organization, and what they may do there."""

from dataclasses import dataclass

from .models import Membership, Organization, Role, Session

READ = frozenset({"customers.read", "subscriptions.read", "events.read"})
WRITE = frozenset({"customers.write", "subscriptions.write"})
TEAM = frozenset({"organization.read"})
MANAGE = frozenset({"organization.write"})
ROLE_SCOPES = {
    Role.VIEWER: READ | TEAM,
    Role.MEMBER: READ | TEAM | WRITE,
    Role.ADMIN: READ | TEAM | WRITE | MANAGE,
    Role.OWNER: READ | TEAM | WRITE | MANAGE,
}


@dataclass(frozen=True, slots=True)
class MemberAccess:
    """A logged-in member, as the database knew them at the start of the request."""

    membership: Membership
    session: Session

    @property
    def organization(self) -> Organization:
        return self.membership.organization

    def may(self, scope: str) -> bool:
        return scope in ROLE_SCOPES[Role(self.membership.role)]

    def __str__(self) -> str:
        return f"user:{self.membership.user_id}"
