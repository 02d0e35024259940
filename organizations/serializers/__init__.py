from .api_key import ApiKeySerializer, IssuedApiKeySerializer, RotateApiKeySerializer
from .invitation import AcceptInvitationSerializer, InvitationSerializer
from .membership import MembershipSerializer, UserOrganizationSerializer
from .organization import OrganizationSerializer
from .session import (
    CurrentCallerSerializer,
    SessionSerializer,
    SwitchOrganizationSerializer,
)
from .ticket import EmailTokenSerializer
from .user import (
    AcknowledgementSerializer,
    CredentialsSerializer,
    EmailAddressSerializer,
    PasswordChangeSerializer,
    PasswordResetSerializer,
    SignupSerializer,
    UserSerializer,
    refuse_weak,
)

__all__ = [
    "AcceptInvitationSerializer",
    "AcknowledgementSerializer",
    "ApiKeySerializer",
    "CredentialsSerializer",
    "CurrentCallerSerializer",
    "EmailAddressSerializer",
    "EmailTokenSerializer",
    "InvitationSerializer",
    "IssuedApiKeySerializer",
    "MembershipSerializer",
    "OrganizationSerializer",
    "PasswordChangeSerializer",
    "PasswordResetSerializer",
    "RotateApiKeySerializer",
    "SessionSerializer",
    "SignupSerializer",
    "SwitchOrganizationSerializer",
    "UserOrganizationSerializer",
    "UserSerializer",
    "refuse_weak",
]
