from .account import (
    EmailSerializer,
    PasswordChangeSerializer,
    PasswordResetSerializer,
    SentSerializer,
    SwitchSerializer,
    TokenSerializer,
)
from .authentication import (
    CallerSerializer,
    CredentialsSerializer,
    PlaceSerializer,
    SignupSerializer,
    WhoSerializer,
)
from .events import DifferenceSerializer, EventSerializer
from .keys import ApiKeySerializer, IssuedApiKeySerializer, RotateSerializer
from .passwords import refuse_weak
from .people import OrganizationSerializer, UserSerializer
from .team import AcceptSerializer, InvitationSerializer, MembershipSerializer

__all__ = [
    "AcceptSerializer",
    "ApiKeySerializer",
    "CallerSerializer",
    "CredentialsSerializer",
    "DifferenceSerializer",
    "EmailSerializer",
    "EventSerializer",
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
