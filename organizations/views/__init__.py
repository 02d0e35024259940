from .authentication import LoginView, LogoutView, MeView, RefreshView, SignupView
from .keys import ApiKeyViewSet
from .organization import OrganizationView

__all__ = [
    "ApiKeyViewSet",
    "LoginView",
    "LogoutView",
    "MeView",
    "OrganizationView",
    "RefreshView",
    "SignupView",
]
