from .authentication import LoginView, LogoutView, MeView, RefreshView, SignupView
from .organization import OrganizationView

__all__ = [
    "LoginView",
    "LogoutView",
    "MeView",
    "OrganizationView",
    "RefreshView",
    "SignupView",
]
