from .account import (
    EmailSerializer,
    PasswordChangeSerializer,
    PasswordResetSerializer,
    SentSerializer,
    SwitchSerializer,
    TokenSerializer,
)
from .api_key import ApiKeySerializer, IssuedApiKeySerializer, RotateSerializer
from .authentication import (
    CallerSerializer,
    CredentialsSerializer,
    PlaceSerializer,
    SignupSerializer,
    WhoSerializer,
)
from .passwords import refuse_weak
from .people import OrganizationSerializer, UserSerializer
from .team import AcceptSerializer, InvitationSerializer, MembershipSerializer

__all__ = [
    "AcceptSerializer",
    "ApiKeySerializer",
    "CallerSerializer",
    "CredentialsSerializer",
    "EmailSerializer",
    "InvitationSerializer",
    "IssuedApiKeySerializer",
    "MembershipSerializer",
    "OrganizationSerializer",
    "PasswordChangeSerializer",
    "PasswordResetSerializer",
    "PlaceSerializer",
    "RotateSerializer",
    "SentSerializer",
    "SignupSerializer",
    "SwitchSerializer",
    "TokenSerializer",
    "UserSerializer",
    "WhoSerializer",
    "refuse_weak",
]
