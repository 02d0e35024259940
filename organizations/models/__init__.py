from .api_key import ApiKey, Scope
from .invitation import Invitation
from .membership import Membership, Role
from .organization import Organization
from .permission import group_key
from .session import Session
from .ticket import Ticket
from .user import User

__all__ = [
    "ApiKey",
    "Invitation",
    "Membership",
    "Organization",
    "Role",
    "Scope",
    "Session",
    "Ticket",
    "User",
    "group_key",
]
