from .api_key import ApiKeyViewSet
from .invitation import AcceptView, InvitationViewSet
from .membership import LeaveView, MembershipViewSet, PlaceViewSet
from .organization import OrganizationView
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
    "AcceptView",
    "ApiKeyViewSet",
    "EmailConfirmView",
    "EmailResendView",
    "InvitationViewSet",
    "LeaveView",
    "LoginView",
    "LogoutView",
    "MeView",
    "MembershipViewSet",
    "OrganizationView",
    "PasswordResetConfirmView",
    "PasswordResetView",
    "PasswordView",
    "PlaceViewSet",
    "RefreshView",
    "SignupView",
    "SwitchView",
]
