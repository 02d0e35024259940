"""The roles of members, and the scopes of each."""

from typing import Self

from django.db import models

from .api_key import Scope

READ = frozenset(scope for scope in Scope.values if scope.endswith(".read"))
WRITE = frozenset(scope for scope in Scope.values if scope.endswith(".write"))
# Scopes that no API key can have: the user's account, the organization and its team.
ACCOUNT = frozenset({"account.read", "account.write"})
READ_TEAM = frozenset({"organization.read", "members.read"})
MANAGE_TEAM = frozenset(
    f"{noun}.{access}"
    for noun in ("organization", "members", "invitations", "keys")
    for access in ("read", "write")
)


class Role(models.TextChoices):
    OWNER = "OWNER"
    ADMIN = "ADMIN"
    MEMBER = "MEMBER"
    VIEWER = "VIEWER"

    def may(self, scope: str) -> bool:
        """Whether members with this role have the scope."""
        return scope in ROLE_SCOPES[self]

    def may_assign(self, *roles: Self | str) -> bool:
        """Whether members with this role may grant and revoke these roles.

        Owners may grant and revoke every role, other members every role except OWNER.
        """
        return self == Role.OWNER or Role.OWNER not in roles


ROLE_SCOPES = {
    Role.VIEWER: ACCOUNT | READ_TEAM | READ,
    Role.MEMBER: ACCOUNT | READ_TEAM | READ | WRITE,
    Role.ADMIN: ACCOUNT | READ_TEAM | READ | WRITE | MANAGE_TEAM,
    Role.OWNER: ACCOUNT | READ_TEAM | READ | WRITE | MANAGE_TEAM,
}


def least_role(scope: str) -> Role:
    """The role with the fewest scopes that has this one."""
    return next(role for role, scopes in ROLE_SCOPES.items() if scope in scopes)
