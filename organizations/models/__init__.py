from .events import INSTALLATION, Event, erase, forget, record
from .invitations import Invitation
from .keys import ApiKey, Scope
from .memberships import Membership, Role
from .organization import Organization
from .owned import Owned, OwnedQuerySet
from .people import User
from .recorded import Recorded
from .rights import group_key
from .sessions import Session
from .tickets import Ticket
from .totals import CountedQuerySet, Total, kept_totals

__all__ = [
    "INSTALLATION",
    "ApiKey",
    "CountedQuerySet",
    "Event",
    "Invitation",
    "Membership",
    "Organization",
    "Owned",
    "OwnedQuerySet",
    "Recorded",
    "Role",
    "Scope",
    "Session",
    "Ticket",
    "Total",
    "User",
    "erase",
    "forget",
    "group_key",
    "kept_totals",
    "record",
]
