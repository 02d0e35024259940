from .api_key import ApiKeyAdmin
from .event import EventAdmin, of_owner
from .filter_sets import YES_NO, OwnerFilterSet
from .invitation import InvitationAdmin
from .membership import MembershipAdmin
from .organization import OrganizationAdmin
from .owned import TIMES, OwnedAdmin, owner_name, owner_text, searched_organization
from .session import LoginForm
from .timeline import entries, object_url
from .user import GroupAdmin, UserAdmin

__all__ = [
    "TIMES",
    "YES_NO",
    "ApiKeyAdmin",
    "EventAdmin",
    "GroupAdmin",
    "InvitationAdmin",
    "LoginForm",
    "MembershipAdmin",
    "OrganizationAdmin",
    "OwnedAdmin",
    "OwnerFilterSet",
    "UserAdmin",
    "entries",
    "object_url",
    "of_owner",
    "owner_name",
    "owner_text",
    "searched_organization",
]
