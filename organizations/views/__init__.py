from .api_key import ApiKeyViewSet
from .invitation import AcceptInvitationView, InvitationViewSet
from .membership import LeaveView, MembershipViewSet, UserOrganizationViewSet
from .organization import OrganizationPreviewView, OrganizationView
from .session import LoginView, LogoutView, MeView, RefreshView, SwitchView
from .user import (
    EmailConfirmView,
    EmailResendView,
    PasswordResetConfirmView,
    PasswordResetView,
    PasswordView,
    SignupView,
)

__all__ = [
    "AcceptInvitationView",
    "ApiKeyViewSet",
    "EmailConfirmView",
    "EmailResendView",
    "InvitationViewSet",
    "LeaveView",
    "LoginView",
    "LogoutView",
    "MeView",
    "MembershipViewSet",
    "OrganizationPreviewView",
    "OrganizationView",
    "PasswordResetConfirmView",
    "PasswordResetView",
    "PasswordView",
    "RefreshView",
    "SignupView",
    "SwitchView",
    "UserOrganizationViewSet",
]
