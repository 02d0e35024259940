from .api_key import ApiKeyAdmin
from .event import EventAdmin
from .invitation import InvitationAdmin
from .membership import MembershipAdmin
from .organization import OrganizationAdmin
from .owned import (
    TIMES,
    OrganizationFilter,
    OwnedAdmin,
    searched_organization,
)
from .session import LoginForm
from .timeline import entries, object_url
from .user import GroupAdmin, UserAdmin

__all__ = [
    "TIMES",
    "ApiKeyAdmin",
    "EventAdmin",
    "GroupAdmin",
    "InvitationAdmin",
    "LoginForm",
    "MembershipAdmin",
    "OrganizationAdmin",
    "OrganizationFilter",
    "OwnedAdmin",
    "UserAdmin",
    "entries",
    "object_url",
    "searched_organization",
]
