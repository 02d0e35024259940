from .authentication import CredentialsSerializer, SignupSerializer, WhoSerializer
from .keys import ApiKeySerializer, IssuedApiKeySerializer, RotateSerializer
from .people import OrganizationSerializer, UserSerializer

__all__ = [
    "ApiKeySerializer",
    "CredentialsSerializer",
    "IssuedApiKeySerializer",
    "OrganizationSerializer",
    "RotateSerializer",
    "SignupSerializer",
    "UserSerializer",
    "WhoSerializer",
]
