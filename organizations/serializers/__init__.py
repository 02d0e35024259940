from .api_key import ApiKeySerializer, IssuedApiKeySerializer, RotateSerializer
from .invitation import AcceptSerializer, InvitationSerializer
from .membership import MembershipSerializer, PlaceSerializer
from .organization import OrganizationSerializer
from .session import CallerSerializer, SwitchSerializer, WhoSerializer
from .ticket import TokenSerializer
from .user import (
    CredentialsSerializer,
    EmailSerializer,
    PasswordChangeSerializer,
    PasswordResetSerializer,
    SentSerializer,
    SignupSerializer,
    UserSerializer,
    refuse_weak,
)

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
