"""Rate limits of password checks and of the views that need no authentication."""

from dataclasses import dataclass

from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from fluxrate.api.client_ip import client_address
from fluxrate.logging import security
from fluxrate.models.token_bucket import (
    Rate,
    TokenBucket,
    Verdict,
    key_of,
    refund,
    take,
)
from fluxrate.text import folded
from organizations.models import Membership, User

# Password attempts from one address on all accounts; then one every 6 seconds.
ADDRESS = Rate(50, seconds=300)
# Password attempts on one account from one address; then one every 30 seconds.
ACCOUNT_AT_ADDRESS = Rate(10, seconds=300)
# Password attempts on one account from all addresses; then one every 6 seconds. It does
# not apply to addresses from which the account logged in within the last 30 days.
ACCOUNT = Rate(100, seconds=600)
KNOWN_ADDRESS = Rate(1, seconds=30 * 86_400)
SIGNUP = Rate(200, seconds=3_600)
REFRESH = Rate(600, seconds=600)
# Uses of emailed links, by address.
LINK = Rate(30, seconds=300)
# Emails to one address: confirmations and password resets.
MAIL = Rate(5, seconds=900)
DAY = 86_400
# Invitations to one address from all organizations. They do not count as MAIL, or
# strangers could keep a user from resetting a password.
INVITATIONS_TO_ADDRESS = Rate(5, seconds=DAY)
# Invitations by one user, and by one organization.
INVITATIONS_BY_USER = Rate(100, seconds=DAY)
INVITATIONS_BY_ORGANIZATION = Rate(200, seconds=DAY)
# Invitations by one user with an unconfirmed email, and by all such users at one
# address.
INVITATIONS_UNCONFIRMED = Rate(10, seconds=DAY)
INVITATIONS_UNCONFIRMED_AT_ADDRESS = Rate(100, seconds=DAY)
UNCONFIRMED_DETAIL = (
    f"A user whose email is not confirmed sends {INVITATIONS_UNCONFIRMED.capacity} "
    "invitations a day. Confirm yours to send more."
)


class TooManyAttempts(Throttled):
    default_detail = "Too many attempts."
    extra_detail_singular = "Try again in {wait} second."
    extra_detail_plural = "Try again in {wait} seconds."


def throttle(
    request: HttpRequest | Request, bucket: str, rate: Rate, *, account: str = ""
) -> None:
    """Count a request by its network address, or by the account that is emailed.

    An email counts when its transaction commits, a request at once. Raises
    TooManyAttempts (429, Retry-After).
    """
    address = client_address(request)
    key = f"account:{folded(account)}" if account else address
    verdict = take(f"{bucket}:{key}", rate, durable=not account)
    _raise_if_exhausted(verdict, bucket, address)


def throttle_invitation(request: Request, by: Membership, email: str) -> None:
    """Count an invitation by its sender, its organization and its recipient.

    Its email has text of the sender (names of user and organization), so its limits are
    lower than the limits of other emails, and lowest until the sender's email is
    confirmed.
    """
    address = client_address(request)
    limits = [
        (f"inviting:user:{by.user_id}", INVITATIONS_BY_USER),
        (f"inviting:organization:{by.organization_id}", INVITATIONS_BY_ORGANIZATION),
        (f"invited:{folded(email)}", INVITATIONS_TO_ADDRESS),
    ]
    if by.user.email_confirmed_at is None:
        limits[:1] = [
            (f"inviting:unconfirmed:{by.user_id}", INVITATIONS_UNCONFIRMED),
            (
                f"inviting:unconfirmed:address:{address}",
                INVITATIONS_UNCONFIRMED_AT_ADDRESS,
            ),
        ]
    for key, rate in limits:
        detail = UNCONFIRMED_DETAIL if "unconfirmed" in key else None
        verdict = take(key, rate, durable=False)
        _raise_if_exhausted(verdict, "invitation", address, detail)


def _raise_if_exhausted(
    verdict: Verdict, bucket: str, address: str, detail: str | None = None
) -> None:
    if not verdict.granted:
        security("throttled", limit=bucket, address=address, wait=verdict.wait)
        raise TooManyAttempts(verdict.wait, detail)


@dataclass(frozen=True, slots=True)
class PasswordAttempt:
    """One attempt at the password of an account (an email) from an address."""

    account: str
    address: str

    @classmethod
    def of(cls, request: HttpRequest | Request | None, email: str) -> "PasswordAttempt":
        """`request` is None outside of HTTP."""
        address = client_address(request) if request is not None else ""
        return cls(folded(email), address)

    def check(self) -> None:
        """Count the attempt before anything is hashed; raises TooManyAttempts.

        The narrowest bucket comes first: an attempt that it refuses does not count in
        the others.
        """
        self._raise_if_exhausted(take(self._account_at_address, ACCOUNT_AT_ADDRESS))
        if self.address:
            self._raise_if_exhausted(take(self._by_address, ADDRESS))
        verdict = take(self._by_account, ACCOUNT)
        if not verdict.granted and not self._is_known_address():
            self._raise_if_exhausted(verdict)

    def log_failure(self) -> None:
        security("password.refused", address=self.address, account=self._account_hash)

    def record_success(self, user: User) -> None:
        """Log the success, remember the address, and return the attempt's tokens."""
        if self.address:
            refund(self._by_address, ADDRESS)
        refund(self._account_at_address, ACCOUNT_AT_ADDRESS)
        refund(self._by_account, ACCOUNT)
        take(self._known_address, KNOWN_ADDRESS)
        security(
            "password.accepted",
            address=self.address,
            account=self._account_hash,
            user=str(user.pk),
        )

    def _raise_if_exhausted(self, verdict: Verdict) -> None:
        _raise_if_exhausted(verdict, "password", self.address)

    def _is_known_address(self) -> bool:
        """Whether the account has logged in from the address recently."""
        return TokenBucket.objects.named(self._known_address).filling().exists()

    @property
    def _account_hash(self) -> str:
        """A keyed hash of the email, by which log lines of one attack can be joined."""
        return str(key_of(self._by_account))

    @property
    def _by_address(self) -> str:
        return f"password:address:{self.address}"

    @property
    def _account_at_address(self) -> str:
        return f"password:pair:{self.address}:{self.account}"

    @property
    def _by_account(self) -> str:
        return f"password:account:{self.account}"

    @property
    def _known_address(self) -> str:
        return f"password:known:{self.address}:{self.account}"
