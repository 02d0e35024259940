from .organization import Organization
from .owned import Owned, OwnedQuerySet
from .people import Membership, Role, User
from .sessions import Session

__all__ = [
    "Membership",
    "Organization",
    "Owned",
    "OwnedQuerySet",
    "Role",
    "Session",
    "User",
]
