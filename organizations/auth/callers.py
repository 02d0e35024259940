"""The two kinds of `Caller` (fluxrate.api.requests): a member, or an API key."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from organizations.models import ApiKey, Membership, Organization, Scope
from organizations.models.role import least_role

# Every key may ask which organization it belongs to.
KEY_SCOPES = frozenset({"organization.read"})


class NotForApiKeys(PermissionDenied):
    """No API key can have the scope."""

    default_code = "not_for_api_keys"

    def __init__(self, scope: str) -> None:
        role = least_role(scope).lower()
        super().__init__(
            f"API keys may not do this. Log in as {_article(role)} {role}."
        )


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def is_for_keys(scope: str) -> bool:
    """Whether an API key can have the scope."""
    return scope in KEY_SCOPES or scope in Scope.values


@dataclass(frozen=True, slots=True)
class MemberCaller:
    """A logged-in member, as the database had them at the start of the request."""

    membership: Membership
    session_id: UUID

    @property
    def organization(self) -> Organization:
        return self.membership.organization

    def may(self, scope: str) -> bool:
        """Whether the member's role has the scope (`ROLE_SCOPES`)."""
        return self.membership.may(scope)

    def require(self, scope: str) -> None:
        if not self.may(scope):
            raise PermissionDenied(f"This needs the scope {scope}.")

    def __str__(self) -> str:
        return f"user:{self.membership.user_id}"


@dataclass(frozen=True, slots=True)
class KeyCaller:
    """A program with a live API key."""

    key: ApiKey

    @property
    def organization(self) -> Organization:
        return self.key.organization

    def may(self, scope: str) -> bool:
        """Whether the key has the scope. Nothing else decides what a key may do."""
        return scope in KEY_SCOPES or scope in self.key.scopes

    def require(self, scope: str) -> None:
        if not is_for_keys(scope):
            raise NotForApiKeys(scope)
        if not self.may(scope):
            raise PermissionDenied(f"This needs the scope {scope}.")

    def __str__(self) -> str:
        return f"key:{self.key.pk}"


def member_caller(request: Request) -> MemberCaller:
    """The caller of a view whose scope no API key can have."""
    return cast(MemberCaller, request.auth)
