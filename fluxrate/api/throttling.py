"""Rate limits by caller, and a limit of parallel requests by organization.

The rate limit is exact across processes. A process leases tokens from the caller's
bucket in PostgreSQL, at most a fiftieth of the limit for all processes of a machine,
and grants requests from its lease. The bucket's capacity is smaller by as much, so
that bucket and leases together never hold more than the limit.

The limit of parallel requests is a bulkhead: requests that wait for a lock hold their
threads, and the last threads of a process never wait for one organization.
"""

import math
import threading
import time
from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException, Throttled

from fluxrate.api.requests import Caller
from fluxrate.logging import security
from fluxrate.models.token_bucket import Rate, Verdict, take

# The WSGI variable of a request that was counted before Django received it.
COUNTED = "fluxrate.lease"
_LEASED_SHARE = 50
_LONGEST_LEASE = 10.0
# The fastest that a caller sends, in requests per second. A lease ends before a tenth
# of the limit could be used in other processes: they differ by a tenth at most.
_MAX_RATE = 2_000
_MAX_CALLERS = 10_000


class TooManyRequests(Throttled):
    default_code = "rate_limited"
    default_detail = "Too many requests."
    extra_detail_singular = "Try again in {wait} second."
    extra_detail_plural = "Try again in {wait} seconds."


def policy() -> dict[str, str]:
    """RateLimit-Policy; empty if RATE_LIMIT is 0."""
    limit, window = settings.RATE_LIMIT, settings.RATE_LIMIT_SECONDS
    return {"RateLimit-Policy": f'"default";q={limit};w={window}'} if limit else {}


@dataclass(slots=True)
class Lease:
    """Tokens that this process may spend for a caller until a monotonic time.

    -1 token means that the bucket was empty. `remaining` counts the bucket's tokens.
    """

    tokens: int
    until: float
    remaining: int
    full_at: float

    def headers(self) -> dict[str, str]:
        """RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10)."""
        limit = settings.RATE_LIMIT
        remaining = min(limit, self.remaining + max(0, self.tokens))
        full_in = math.ceil(max(0.0, self.full_at - clock()))
        return policy() | {
            "RateLimit": f'"default";r={remaining};t={full_in}',
        }

    def raise_if_exhausted(self) -> None:
        """Raise TooManyRequests (429) if there was no token for the request."""
        if self.tokens < 0:
            raise TooManyRequests(max(0.0, self.until - clock()))


clock = time.monotonic
_leases: dict[str, Lease] = {}
_lock = threading.Lock()


def count(caller: str) -> Lease | None:
    """Count a request of a caller (`user:…`, `key:…`); None if RATE_LIMIT is 0."""
    if not settings.RATE_LIMIT:
        return None
    now = clock()
    return spend(caller, now) or _renew(caller, now)


def spend(caller: str, now: float) -> Lease | None:
    """Count a request without the database: None if there is no token in the lease.

    A lease of an empty bucket is returned until it ends, so that it refuses.
    """
    with _lock:
        lease = _leases.get(caller)
        if lease is None or lease.until <= now or lease.tokens == 0:
            return None
        if lease.tokens > 0:
            lease.tokens -= 1
        return lease


def give_back(lease: Lease | None) -> None:
    """Take back that a request was counted, unless it is refused."""
    with _lock:
        if lease is not None and lease.tokens >= 0:
            lease.tokens += 1


def _renew(caller: str, now: float) -> Lease:
    """Fill the lease up to the share, or with one token, and spend one.

    Tokens of the old lease stay in it. A lease never exceeds the share.
    """
    share = max(1, settings.RATE_LIMIT // (_LEASED_SHARE * settings.WEB_CONCURRENCY))
    with _lock:
        missing = share - _leased(caller)
    tokens, verdict = missing, take(f"requests:{caller}", _rate(share), missing)
    if not verdict.granted and missing == share > 1:
        tokens, verdict = 1, take(f"requests:{caller}", _rate(share))
    with _lock:
        # Two threads may have filled it at the same time: the surplus is lost.
        tokens = tokens if verdict.granted else 0
        leased = min(share, _leased(caller) + tokens)
        if len(_leases) >= _MAX_CALLERS:
            _leases.clear()
        lease = _leases[caller] = _lease(leased, verdict, now)
    if lease.tokens < 0:
        security("throttled", limit="requests", wait=verdict.wait)
    return lease


def _rate(share: int) -> Rate:
    """The bucket's rate: the limit minus the tokens in leases after a request."""
    capacity = settings.RATE_LIMIT - (share - 1) * settings.WEB_CONCURRENCY
    window = settings.RATE_LIMIT_SECONDS
    return Rate(capacity, window * capacity / settings.RATE_LIMIT)


def _leased(caller: str) -> int:
    lease = _leases.get(caller)
    return max(0, lease.tokens) if lease else 0


def _lease(leased: int, verdict: Verdict, now: float) -> Lease:
    full_at = now + verdict.full_in
    if not leased:
        return Lease(-1, now + verdict.wait, 0, full_at)
    lasts = min(_LONGEST_LEASE, settings.RATE_LIMIT / (10 * _MAX_RATE))
    return Lease(leased - 1, now + lasts, verdict.left, full_at)


# Requests that have all run longer than this probably wait for a lock.
PATIENCE_SECONDS = 2.0


class Busy(APIException):
    """The caller's organization already uses its share of this process's threads."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "busy"
    default_detail = "Another request is changing this right now. Try again."
    wait = 1


class ConcurrencyLimit:
    """At most `limit` parallel requests of one organization; the web server sets it.

    A further request waits while one of them has run for less than PATIENCE_SECONDS.
    """

    def __init__(self) -> None:
        self.limit: float = math.inf
        self._changed = threading.Condition()
        self._began: dict[Hashable, list[float]] = {}

    @contextmanager
    def admitted(self, organization_id: Hashable) -> Iterator[None]:
        """Count a request of the organization while it runs, or raise Busy."""
        began = self._enter(organization_id)
        try:
            yield
        finally:
            self._leave(organization_id, began)

    def _enter(self, organization_id: Hashable) -> float:
        with self._changed:
            running = self._began.setdefault(organization_id, [])
            while len(running) >= self.limit:
                patience = max(running) + PATIENCE_SECONDS - time.monotonic()
                if patience <= 0 or not self._changed.wait(patience):
                    raise Busy
                running = self._began.setdefault(organization_id, [])
            began = time.monotonic()
            running.append(began)
            return began

    def _leave(self, organization_id: Hashable, began: float) -> None:
        with self._changed:
            running = self._began[organization_id]
            running.remove(began)
            if not running:
                del self._began[organization_id]
            self._changed.notify()


per_organization = ConcurrencyLimit()


def in_parallel(caller: Caller) -> AbstractContextManager[None]:
    """Count the request for the caller's organization, or raise Busy."""
    return per_organization.admitted(caller.organization.pk)
