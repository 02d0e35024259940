"""Preview, fingerprint, confirm: a caller does what a preview has shown, or nothing.

A preview signs a token, which no table stores. It names the caller, the organization,
the action, the object, and a fingerprint of all rows that the preview counted. The
action then takes the token, and compares the fingerprint with the present rows.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing

from .confirmation_errors import ConfirmationExpired, InvalidConfirmation

LIFETIME = timedelta(minutes=10)
_SALT = "fluxrate.api.confirmation"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What one token confirms. `caller` is the actor: a member, key or staff user."""

    caller: str
    organization: uuid.UUID
    action: str
    object: uuid.UUID

    def sign(self, fingerprint: str) -> str:
        return signing.dumps([*self._names(), fingerprint], salt=_SALT)

    def read(self, token: str) -> str:
        """The fingerprint in the token, or ConfirmationExpired, InvalidConfirmation."""
        try:
            *names, fingerprint = signing.loads(token, salt=_SALT, max_age=LIFETIME)
        except signing.SignatureExpired:
            raise ConfirmationExpired from None
        except signing.BadSignature:
            raise InvalidConfirmation from None
        if names != self._names():
            raise InvalidConfirmation
        return str(fingerprint)

    def _names(self) -> list[str]:
        return [self.caller, str(self.organization), self.action, str(self.object)]
