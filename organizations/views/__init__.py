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
from .events import EventViewSet
from .history import HistoryViewSet
from .invitations import AcceptView, InvitationViewSet
from .keys import ApiKeyViewSet
from .members import LeaveView, MembershipViewSet
from .organization import OrganizationView

__all__ = [
    "AcceptView",
    "ApiKeyViewSet",
    "EmailConfirmView",
    "EmailResendView",
    "EventViewSet",
    "HistoryViewSet",
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
