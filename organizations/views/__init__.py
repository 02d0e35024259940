from .account import (
    EmailConfirmView,
    EmailResendView,
    PasswordResetConfirmView,
    PasswordResetView,
    PasswordView,
    PlaceViewSet,
    SwitchView,
)
from .authentication import LoginView, LogoutView, MeView, RefreshView, SignupView
from .invitations import AcceptView, InvitationViewSet
from .keys import ApiKeyViewSet
from .members import LeaveView, MembershipViewSet
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
