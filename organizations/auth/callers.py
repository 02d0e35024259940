"""A caller: whose organization, and what they may do there."""

from dataclasses import dataclass

from organizations.models import ApiKey, Membership, Organization, Role, Scope, Session

READ = frozenset(scope for scope in Scope.values if scope.endswith(".read"))
WRITE = frozenset(scope for scope in Scope.values if scope.endswith(".write"))
# What has no scope that a key could hold: oneself, the organization, its team, keys.
ACCOUNT = frozenset({"account.read", "account.write"})
LOOK = frozenset({"organization.read", "members.read"})
MANAGE = frozenset(
    f"{noun}.{verb}"
    for noun in ("organization", "members", "invitations", "keys")
    for verb in ("read", "write")
)
ROLE_SCOPES = {
    Role.VIEWER: ACCOUNT | LOOK | READ,
    Role.MEMBER: ACCOUNT | LOOK | READ | WRITE,
    Role.ADMIN: ACCOUNT | LOOK | READ | WRITE | MANAGE,
    Role.OWNER: ACCOUNT | LOOK | READ | WRITE | MANAGE,
}
# Every key may ask which organization it belongs to.
KEY_SCOPES = frozenset({"organization.read"})


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


@dataclass(frozen=True, slots=True)
class KeyAccess:
    """A program that shows a live API key."""

    key: ApiKey

    @property
    def organization(self) -> Organization:
        return self.key.organization

    def may(self, scope: str) -> bool:
        return scope in KEY_SCOPES or scope in self.key.scopes

    def __str__(self) -> str:
        return f"key:{self.key.pk}"
