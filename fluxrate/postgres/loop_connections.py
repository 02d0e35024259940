"""Statements that wait in an event loop: none of them holds a thread.

All methods are called in the loop's thread.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Hashable
from functools import partial
from typing import NamedTuple, cast

from django.db import connections

from fluxrate.postgres.backend.base import REST_SECONDS, DatabaseWrapper
from fluxrate.postgres.loop_connection import LoopConnection, Result, Then
from fluxrate.postgres.prepared import Execution
from fluxrate.postgres.responsiveness import responsiveness

logger = logging.getLogger("fluxrate.postgres")
# Statements of one owner leave so many connections to the others.
SPARE = 2
# A statement that waits longer for a connection is not executed.
WAIT_SECONDS = 0.25
_RETRY_SECONDS = 1.0


class Waiting(NamedTuple):
    """A statement before it has a connection; `owner` is an organization."""

    execution: Execution
    owner: Hashable
    then: Then
    since: float


class LoopConnections:
    """At most `limit` connections, opened when they are needed.

    `in_thread` runs a function that blocks.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        in_thread: Callable[[Callable[[], None]], None],
        limit: int,
    ) -> None:
        self.loop, self.in_thread, self.limit = loop, in_thread, limit
        self._open: set[LoopConnection] = set()
        # The one that was used last is at the end.
        self._idle: list[LoopConnection] = []
        self._waiting: deque[Waiting] = deque()
        self._running: Counter[Hashable] = Counter()
        self._is_connecting, self._retry_at = False, 0.0

    def is_ready(self) -> bool:
        """Whether statements can be executed; if not, a connection is opened."""
        if self._open and not responsiveness.is_away:
            return True
        self._connect()
        return False

    def execute(self, execution: Execution, owner: Hashable, then: Then) -> None:
        """Execute the statement as soon as there is a connection, then call `then`."""
        self._waiting.append(Waiting(execution, owner, then, time.monotonic()))
        self._next()

    def gauges(self) -> dict[str, float]:
        return {
            "loop_connections": len(self._open),
            "loop_connections_busy": self._running.total(),
            "loop_connections_limit": self.limit,
            "loop_statements_waiting": len(self._waiting),
        }

    def relieve(self) -> None:
        """Give up the statements that have waited for too long."""
        limit = time.monotonic() - WAIT_SECONDS
        late = [item for item in self._waiting if item.since < limit]
        for item in late:
            self._waiting.remove(item)
        for item in late:
            item.then(None)

    def _next(self) -> None:
        """Execute the statements for which there is a connection."""
        while item := self._first():
            connection = self._take()
            if connection is None:
                self._connect()
                return
            self._waiting.remove(item)
            self._running[item.owner] += 1
            connection.execute(item.execution, partial(self._end, item))

    def _first(self) -> Waiting | None:
        """The first statement whose owner leaves connections to the others."""
        most = max(1, self.limit - SPARE)
        allowed = (item for item in self._waiting if self._running[item.owner] < most)
        return next(allowed, None)

    def _end(self, item: Waiting, result: Result) -> None:
        self._running[item.owner] -= 1
        if not self._running[item.owner]:
            del self._running[item.owner]
        try:
            item.then(result)
        finally:
            self._next()

    def _take(self) -> LoopConnection | None:
        """An idle connection. One that rested for long may be dead without notice."""
        while self._idle:
            connection = self._idle.pop()
            if time.monotonic() - connection.used_at < REST_SECONDS:
                return connection
            connection.close()
            self._open.discard(connection)
        return None

    def _ended(self, connection: LoopConnection) -> None:
        """A statement, or the connection itself, has ended."""
        if not connection.is_closed:
            self._idle.append(connection)
            return
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)

    def _connect(self) -> None:
        if (
            not self._is_connecting
            and len(self._open) < self.limit
            and time.monotonic() >= self._retry_at
        ):
            self._is_connecting = True
            self.in_thread(self._connect_in_thread)

    def _connect_in_thread(self) -> None:
        connected: DatabaseWrapper | None = None
        try:
            wrapper = cast(DatabaseWrapper, connections["default"].copy())
            wrapper.connect()
            connected = wrapper
        except Exception as error:
            logger.debug("No connection for the event loop", exc_info=error)
        finally:
            self.loop.call_soon_threadsafe(self._connected, connected)

    def _connected(self, wrapper: DatabaseWrapper | None) -> None:
        self._is_connecting = False
        if wrapper is None:
            self._retry_at = time.monotonic() + _RETRY_SECONDS
            return
        connection = LoopConnection(self.loop, wrapper, self._ended)
        self._open.add(connection)
        self._idle.append(connection)
        self._next()
