"""The admin's rooms; `fluxrate.admin` has what they stand on."""

from .events import EventAdmin
from .history import RecordedAdmin
from .invitations import InvitationAdmin
from .keys import ApiKeyAdmin
from .logins import LoginForm
from .memberships import MembershipAdmin
from .organizations import OrganizationAdmin
from .owned import TIMES, OrganizationFilter, OwnedAdmin
from .people import GroupAdmin, UserAdmin

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
    "RecordedAdmin",
    "UserAdmin",
]
