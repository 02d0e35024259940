"""How much one caller may ask for: exact across processes, and almost free.

A process leases tokens from the caller's bucket in PostgreSQL, a fiftieth of the limit
at most among all processes of a machine, and answers from what it holds. The bucket
holds so much less, so that it and all leases together never hold more than the limit.
"""

import math
import threading
import time
from dataclasses import dataclass

from django.conf import settings
from rest_framework.exceptions import Throttled

from fluxrate.logging import security
from fluxrate.models.token_bucket import Rate, Verdict, take

_LEASED_SHARE = 50
_LONGEST_LEASE = 10.0
# What one caller asks for at most, in requests a second: a lease ends before a tenth of
# the limit could be used elsewhere, so that processes never differ by more.
_FASTEST = 2_000
_MOST_CALLERS = 10_000


class TooManyRequests(Throttled):
    default_code = "rate_limited"
    default_detail = "Too many requests."
    extra_detail_singular = "Try again in {wait} second."
    extra_detail_plural = "Try again in {wait} seconds."


@dataclass(slots=True)
class Lease:
    """Tokens that this process may give to a caller, renewed at a time (monotonic);
    fewer than none when there was none to lease. `left` is what others may still lease.
    """

    tokens: int
    until: float
    left: int
    full_at: float

    def headers(self) -> dict[str, str]:
        """What is left, as draft-ietf-httpapi-ratelimit-headers-10 writes it."""
        limit, window = settings.RATE_LIMIT, settings.RATE_LIMIT_SECONDS
        left = min(limit, self.left + max(0, self.tokens))
        full_in = math.ceil(max(0.0, self.full_at - clock()))
        return {
            "RateLimit-Policy": f'"default";q={limit};w={window}',
            "RateLimit": f'"default";r={left};t={full_in}',
        }

    def require(self) -> None:
        """Raise TooManyRequests (429) where there was no token for the request."""
        if self.tokens < 0:
            raise TooManyRequests(max(0.0, self.until - clock()))


clock = time.monotonic
_leases: dict[str, Lease] = {}
_lock = threading.Lock()


def count(caller: str) -> Lease | None:
    """Count a request of a caller (`user:…`, `key:…`); None where RATE_LIMIT is 0."""
    if not settings.RATE_LIMIT:
        return None
    now = clock()
    return _spend(caller, now) or _renewed(caller, now)


def _spend(caller: str, now: float) -> Lease | None:
    """Take one token of the lease, where there is a lease; a refusal holds as long."""
    with _lock:
        lease = _leases.get(caller)
        if lease is None or lease.until <= now or lease.tokens == 0:
            return None
        if lease.tokens > 0:
            lease.tokens -= 1
        return lease


def _renewed(caller: str, now: float) -> Lease:
    """Lease what is missing of the share, or one token where there is no more, and
    spend one. What a lease still holds stays in it; it never holds more than the share.
    """
    share = max(1, settings.RATE_LIMIT // (_LEASED_SHARE * settings.WEB_CONCURRENCY))
    with _lock:
        missing = share - _held(caller)
    tokens, verdict = missing, take(f"requests:{caller}", _rate(share), missing)
    if not verdict.granted and missing == share > 1:
        tokens, verdict = 1, take(f"requests:{caller}", _rate(share))
    with _lock:
        # Two threads may have renewed it at once: the surplus is lost.
        held = min(share, _held(caller) + (tokens if verdict.granted else 0))
        if len(_leases) >= _MOST_CALLERS:
            _leases.clear()
        lease = _leases[caller] = _lease(held, verdict, now)
    if lease.tokens < 0:
        security("throttled", door="requests", wait=verdict.wait)
    return lease


def _rate(share: int) -> Rate:
    """The bucket's: less than the limit by what leases may hold after a request."""
    capacity = settings.RATE_LIMIT - (share - 1) * settings.WEB_CONCURRENCY
    window = settings.RATE_LIMIT_SECONDS
    return Rate(capacity, window * capacity / settings.RATE_LIMIT)


def _held(caller: str) -> int:
    lease = _leases.get(caller)
    return max(0, lease.tokens) if lease else 0


def _lease(held: int, verdict: Verdict, now: float) -> Lease:
    full_at = now + verdict.full_in
    if not held:
        return Lease(-1, now + verdict.wait, 0, full_at)
    lasts = min(_LONGEST_LEASE, settings.RATE_LIMIT / (10 * _FASTEST))
    return Lease(held - 1, now + lasts, verdict.left, full_at)
