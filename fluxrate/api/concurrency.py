"""One organization cannot take all threads of a process: the bulkhead of a ship.

Requests that wait for a lock hold their threads. The last threads of a process never
wait behind an organization whose requests hold all the others for long.
"""

import math
import threading
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from rest_framework import status
from rest_framework.exceptions import APIException

# Requests that all took longer are held up for longer still.
PATIENCE_SECONDS = 2.0


class Busy(APIException):
    """503: the caller's organization already has this process's share of threads."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "busy"
    default_detail = "Others are changing this right now. Try again."
    wait = 1


class ConcurrencyLimit:
    """At most `limit` requests of one owner at a time; the web server sets it.

    A further one waits while one of them is young, as ordinary requests are; it is
    refused when all are held up.
    """

    def __init__(self) -> None:
        self.limit: float = math.inf
        self._changed = threading.Condition()
        self._began: dict[Hashable, list[float]] = {}

    @contextmanager
    def admitted(self, owner: Hashable) -> Iterator[None]:
        """Hold one of the owner's threads, or raise Busy."""
        began = self._enter(owner)
        try:
            yield
        finally:
            self._leave(owner, began)

    def _enter(self, owner: Hashable) -> float:
        with self._changed:
            running = self._began.setdefault(owner, [])
            while len(running) >= self.limit:
                patience = max(running) + PATIENCE_SECONDS - time.monotonic()
                if patience <= 0 or not self._changed.wait(patience):
                    raise Busy
                running = self._began.setdefault(owner, [])
            began = time.monotonic()
            running.append(began)
            return began

    def _leave(self, owner: Hashable, began: float) -> None:
        with self._changed:
            running = self._began[owner]
            running.remove(began)
            if not running:
                del self._began[owner]
            self._changed.notify()


per_owner = ConcurrencyLimit()
