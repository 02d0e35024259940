from .events import Event, record
from .keys import ApiKey, Scope
from .memberships import Membership, Role
from .organization import Organization
from .owned import Owned, OwnedQuerySet
from .people import User
from .recorded import Recorded
from .sessions import Session
from .totals import CountedQuerySet, Total, kept_totals

__all__ = [
    "ApiKey",
    "CountedQuerySet",
    "Event",
    "Membership",
    "Organization",
    "Owned",
    "OwnedQuerySet",
    "Recorded",
    "Role",
    "Scope",
    "Session",
    "Total",
    "User",
    "kept_totals",
    "record",
]
