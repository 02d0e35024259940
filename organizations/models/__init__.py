from .api_key import ApiKey, Scope
from .email import Email
from .invitation import Invitation
from .membership import Membership
from .organization import Organization
from .password import change_password, end_all_sessions
from .permission import group_key
from .role import Role
from .saved_view import SavedView
from .session import Session
from .ticket import Ticket
from .user import User

__all__ = [
    "ApiKey",
    "Email",
    "Invitation",
    "Membership",
    "Organization",
    "Role",
    "SavedView",
    "Scope",
    "Session",
    "Ticket",
    "User",
    "change_password",
    "end_all_sessions",
    "group_key",
]
