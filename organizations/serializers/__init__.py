from .authentication import CredentialsSerializer, SignupSerializer, WhoSerializer
from .people import OrganizationSerializer, UserSerializer

__all__ = [
    "CredentialsSerializer",
    "OrganizationSerializer",
    "SignupSerializer",
    "UserSerializer",
    "WhoSerializer",
]
