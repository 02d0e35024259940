"""How often a stranger may try: at a password, and at the other open doors."""

from dataclasses import dataclass
from typing import Any

from rest_framework.exceptions import Throttled

from fluxrate.api.client_ip import client_address
from fluxrate.logging import security
from fluxrate.models.token_bucket import (
    Rate,
    TokenBucket,
    Verdict,
    give_back,
    key_of,
    take,
)
from fluxrate.text import folded
from organizations.models import Membership

# From one address, on whichever accounts: then one attempt every 6 seconds.
ADDRESS = Rate(50, seconds=300)
# On one account from one address: then one attempt every 30 seconds.
ACCOUNT_AT_ADDRESS = Rate(10, seconds=300)
# On one account from everywhere: then one attempt every 6 seconds. An address that the
# account has logged in from within the last 30 days is not held up by it.
ACCOUNT = Rate(100, seconds=600)
KNOWN = Rate(1, seconds=30 * 86_400)
SIGNUP = Rate(200, seconds=3_600)
REFRESH = Rate(600, seconds=600)
# Links from a mail: an invitation, a new password, an address to confirm.
LINK = Rate(30, seconds=300)
# Mails that we send to one address because somebody asked for it.
MAIL = Rate(5, seconds=900)
DAY = 86_400
# Invitations to one address, from whichever organizations; apart from its other mails,
# or strangers could keep a user from a new password.
INVITED = Rate(5, seconds=DAY)
# Invitations that a user sends, and all of an organization together.
INVITING = Rate(100, seconds=DAY)
ORGANIZATION_INVITING = Rate(200, seconds=DAY)
# Invitations of a user whose own address is not confirmed, and of all such users who
# come from one address.
UNCONFIRMED_INVITING = Rate(10, seconds=DAY)
UNCONFIRMED_AT_ADDRESS = Rate(100, seconds=DAY)
UNCONFIRMED = (
    f"An address that is not confirmed sends {UNCONFIRMED_INVITING.capacity} "
    "invitations a day. Confirm yours to send more."
)


class TooManyAttempts(Throttled):
    default_detail = "Too many attempts."
    extra_detail_singular = "Try again in {wait} second."
    extra_detail_plural = "Try again in {wait} seconds."


def bound(request: Any, door: str, rate: Rate, *, account: str = "") -> None:
    """Count a knock at an open door by its address, or by the account it names.

    What bounds an account is the mail that we send it: it counts when it is sent, with
    the transaction that it is sent for. Raises TooManyAttempts (429, Retry-After).
    """
    address = client_address(request)
    what = f"account:{folded(account)}" if account else address
    verdict = take(f"{door}:{what}", rate, durable=not account)
    _require(verdict, door, address)


def bound_invitation(request: Any, by: Membership, email: str) -> None:
    """Count an invitation by who sends it, for which organization, and to whom.

    Its mail holds the sender's words (their name, the organization's), so it is bounded
    more closely than other mails, and most of all before the sender has an address.
    """
    here = client_address(request)
    limits = [
        (f"inviting:user:{by.user_id}", INVITING),
        (f"inviting:organization:{by.organization_id}", ORGANIZATION_INVITING),
        (f"invited:{folded(email)}", INVITED),
    ]
    if by.user.email_confirmed_at is None:
        limits[:1] = [
            (f"inviting:unconfirmed:{by.user_id}", UNCONFIRMED_INVITING),
            (f"inviting:unconfirmed:address:{here}", UNCONFIRMED_AT_ADDRESS),
        ]
    for name, rate in limits:
        words = UNCONFIRMED if "unconfirmed" in name else None
        _require(take(name, rate, durable=False), "invitation", here, words)


def _require(
    verdict: Verdict, door: str, address: str, words: str | None = None
) -> None:
    if not verdict.granted:
        security("throttled", door=door, address=address, wait=verdict.wait)
        raise TooManyAttempts(verdict.wait, words)


@dataclass(frozen=True, slots=True)
class PasswordAttempt:
    """A guess at the password of an account (an email) from an address."""

    account: str
    address: str

    @classmethod
    def of(cls, request: Any, email: str) -> "PasswordAttempt":
        """`request` is None where no network is involved."""
        address = client_address(request) if request is not None else ""
        return cls(folded(email), address)

    def ask(self) -> None:
        """Count the attempt, before anything is hashed; raises TooManyAttempts.

        The narrowest bucket comes first: whom it refuses takes nothing from the others.
        """
        self._require(take(self._pair, ACCOUNT_AT_ADDRESS))
        if self.address:
            self._require(take(self._at_address, ADDRESS))
        verdict = take(self._everywhere, ACCOUNT)
        if not verdict.granted and not self._is_known():
            self._require(verdict)

    def _require(self, verdict: Verdict) -> None:
        _require(verdict, "password", self.address)

    def failed(self) -> None:
        """Log it; the account as a keyed hash, by which one attack can be followed."""
        security("password.refused", address=self.address, account=self._hashed)

    def succeeded(self, user_id: Any) -> None:
        """Give back what was taken: who knows the password is not held up."""
        if self.address:
            give_back(self._at_address, ADDRESS)
        give_back(self._pair, ACCOUNT_AT_ADDRESS)
        give_back(self._everywhere, ACCOUNT)
        take(self._known, KNOWN)
        security(
            "password.accepted",
            address=self.address,
            account=self._hashed,
            user=str(user_id),
        )

    @property
    def _hashed(self) -> str:
        """The account as log lines name it, whether anybody has it or not."""
        return str(key_of(self._everywhere))

    @property
    def _at_address(self) -> str:
        return f"password:address:{self.address}"

    @property
    def _pair(self) -> str:
        return f"password:pair:{self.address}:{self.account}"

    @property
    def _everywhere(self) -> str:
        return f"password:account:{self.account}"

    @property
    def _known(self) -> str:
        return f"password:known:{self.address}:{self.account}"

    def _is_known(self) -> bool:
        """Whether the account has logged in from here lately."""
        return TokenBucket.objects.named(self._known).filling().exists()
