from .account import (
    EmailConfirmView,
    EmailResendView,
    PasswordResetConfirmView,
    PasswordResetView,
    PasswordView,
    PlaceViewSet,
    SwitchView,
)
from .api_key import ApiKeyViewSet
from .authentication import LoginView, LogoutView, MeView, RefreshView, SignupView
from .invitation import AcceptView, InvitationViewSet
from .membership import LeaveView, MembershipViewSet
from .organization import OrganizationView

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
