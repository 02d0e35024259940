"""Browser sessions of staff: how long one lives, and whether its login is complete."""

import time
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

BEGAN_AT, SEEN_AT, FACTOR = "began_at", "seen_at", "second_factor"
# The time of use is stored that often: each request would be a write.
STORE_SECONDS = 30


class Factor(StrEnum):
    """The second factor of a session: the user has none, it is asked for, or passed."""

    NONE = "none"
    PENDING = "pending"
    PASSED = "passed"


def begin(session: SessionBase, factor: Factor) -> None:
    session[BEGAN_AT] = session[SEEN_AT] = time.time()
    session[FACTOR] = factor


def is_complete(request: HttpRequest) -> bool:
    """Whether the login has every factor that it needs."""
    factor = request.session.get(FACTOR, Factor.PENDING)
    return factor == Factor.PASSED or (
        factor == Factor.NONE and not settings.ADMIN_REQUIRE_SECOND_FACTOR
    )


def seconds_left(request: HttpRequest) -> int:
    """Until the session ends, 0 after its end: because of its age, of idleness, or
    because the user has logged out everywhere.
    """
    session, at = request.session, time.time()
    began, seen = session.get(BEGAN_AT, 0.0), session.get(SEEN_AT, 0.0)
    ended: datetime | None = getattr(request.user, "sessions_ended_at", None)
    if ended is not None and began <= ended.timestamp():
        return 0
    ends = min(began + settings.SESSION_COOKIE_AGE, seen + settings.ADMIN_IDLE_SECONDS)
    return max(0, int(ends - at))


def use(request: HttpRequest) -> None:
    """Count the request as use of the session, or log out if it has ended."""
    if not request.user.is_authenticated:
        return
    if not seconds_left(request):
        logout(request)
    elif time.time() - request.session[SEEN_AT] > STORE_SECONDS:
        request.session[SEEN_AT] = time.time()
