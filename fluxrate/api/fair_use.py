"""How much one caller may ask for: exact across processes, and almost free.

A process leases tokens from the caller's bucket in PostgreSQL, a twentieth of the limit
at most among all processes, and answers from what it holds. Nothing is ever granted
twice; what a process leased and does not use within some seconds is lost to the caller.
"""

import math
import threading
import time
from dataclasses import dataclass

from django.conf import settings
from rest_framework.exceptions import Throttled

from fluxrate.logging import security
from fluxrate.postgres.buckets import Rate, Verdict, take

_LEASED_SHARE = 20
_LEASE_SECONDS = 10.0
_MOST_CALLERS = 10_000


class TooManyRequests(Throttled):
    default_code = "rate_limited"
    default_detail = "Too many requests."
    extra_detail_singular = "Try again in {wait} second."
    extra_detail_plural = "Try again in {wait} seconds."


@dataclass(slots=True)
class Lease:
    """Tokens that this process may give to a caller until a time (monotonic); fewer
    than none when there was none to lease. `left` is what others may still lease.
    """

    tokens: int
    until: float
    left: int
    full_at: float

    def headers(self) -> dict[str, str]:
        """What is left, as draft-ietf-httpapi-ratelimit-headers-10 writes it."""
        limit, window = settings.RATE_LIMIT, settings.RATE_LIMIT_SECONDS
        left = self.left + max(0, self.tokens)
        full_in = math.ceil(max(0.0, self.full_at - time.monotonic()))
        return {
            "RateLimit-Policy": f'"default";q={limit};w={window}',
            "RateLimit": f'"default";r={left};t={full_in}',
        }

    def require(self) -> None:
        """Raise TooManyRequests (429) where there was no token for the request."""
        if self.tokens < 0:
            raise TooManyRequests(max(0.0, self.until - time.monotonic()))


_leases: dict[str, Lease] = {}
_lock = threading.Lock()


def count(caller: str) -> Lease | None:
    """Count a request of a caller (`user:…`, `key:…`); None where RATE_LIMIT is 0."""
    if not settings.RATE_LIMIT:
        return None
    now = time.monotonic()
    return _spend(caller, now) or _leased(caller, now)


def _spend(caller: str, now: float) -> Lease | None:
    """Take one token of the lease, where there is a lease; a refusal holds as long."""
    with _lock:
        lease = _leases.get(caller)
        if lease is None or lease.until <= now or lease.tokens == 0:
            return None
        if lease.tokens > 0:
            lease.tokens -= 1
        return lease


def _leased(caller: str, now: float) -> Lease:
    """Lease tokens and take one; one alone where there are not as many; or none."""
    rate = Rate(settings.RATE_LIMIT, settings.RATE_LIMIT_SECONDS)
    share = max(1, settings.RATE_LIMIT // (_LEASED_SHARE * settings.WEB_CONCURRENCY))
    name = f"requests:{caller}"
    tokens, verdict = share, take(name, rate, share)
    if not verdict.granted and share > 1:
        tokens, verdict = 1, take(name, rate)
    lease = _lease(tokens, verdict, now)
    if not verdict.granted:
        security("throttled", door="requests", wait=verdict.wait)
    with _lock:
        if len(_leases) >= _MOST_CALLERS:
            _leases.clear()
        lease = _together(lease, _leases.get(caller))
        _leases[caller] = lease
    return lease


def _together(lease: Lease, other: Lease | None) -> Lease:
    """What two threads leased at the same time."""
    if other is None or other.tokens <= 0:
        return lease
    if lease.tokens < 0:
        other.tokens -= 1
        return other
    lease.tokens += other.tokens
    return lease


def _lease(tokens: int, verdict: Verdict, now: float) -> Lease:
    full_at = now + verdict.full_in
    if not verdict.granted:
        return Lease(-1, now + verdict.wait, 0, full_at)
    return Lease(tokens - 1, now + _LEASE_SECONDS, verdict.left, full_at)
