from .keys import ApiKey, Scope
from .memberships import Membership, Role
from .organization import Organization
from .owned import Owned, OwnedQuerySet
from .people import User
from .sessions import Session

__all__ = [
    "ApiKey",
    "Membership",
    "Organization",
    "Owned",
    "OwnedQuerySet",
    "Role",
    "Scope",
    "Session",
    "User",
]
