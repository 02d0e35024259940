"""Detect within seconds that PostgreSQL does not respond.

PostgreSQL's own limits (statement_timeout, lock_timeout) need a server that runs. A
frozen machine or a stopped process accepts data and does not respond, so that every
thread would wait for it. In a web worker a separate thread runs `SELECT 1` while
statements take long. If that has no response either, it shuts the waiting sockets down,
and further statements fail at once until the server responds again.
"""

import logging
import os
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

import psycopg
from psycopg.pq import PGconn, PollingStatus, TransactionStatus, abc

TICK_SECONDS = 0.5
RESPONSE_SECONDS = 3.0

AnyConnection = psycopg.Connection[Any]

logger = logging.getLogger("fluxrate.postgres")


class Responsiveness:
    """Whether a database's server responds, and the connections that may wait."""

    def __init__(self) -> None:
        self.is_away = False
        self._lock = threading.Lock()
        self._connections: WeakSet[AnyConnection] = WeakSet()
        self._attempts: set[object] = set()

    @contextmanager
    def connecting(self) -> Iterator[None]:
        """Register a thread that may wait for a connection."""
        attempt = object()
        with self._lock:
            self._attempts.add(attempt)
        try:
            yield
        finally:
            with self._lock:
                self._attempts.remove(attempt)

    def add(self, connection: AnyConnection) -> None:
        with self._lock:
            self._connections.add(connection)

    def watch(self, conninfo: str) -> None:
        """Watch in a thread until the process ends."""
        threading.Thread(
            target=self._watch, args=[conninfo], daemon=True, name="postgres-watch"
        ).start()

    def _watch(self, conninfo: str) -> None:
        probe = Probe(conninfo)
        busy: set[int] = set()
        while True:
            time.sleep(TICK_SECONDS)
            before, busy = busy, self._busy()
            if self.is_away or before & busy:
                self._update(responds=probe.responds())

    def _update(self, *, responds: bool) -> None:
        if responds is self.is_away:
            self.is_away = not responds
            state = (
                "answers again" if responds else f"is silent for {RESPONSE_SECONDS} s"
            )
            logger.warning("PostgreSQL %s.", state)
        if not responds:
            for connection in self._waiting():
                shut_down(connection)

    def _busy(self) -> set[int]:
        with self._lock:
            attempts = {id(attempt) for attempt in self._attempts}
        return attempts | {id(connection) for connection in self._waiting()}

    def _waiting(self) -> list[AnyConnection]:
        with self._lock:
            connections = list(self._connections)
        return [item for item in connections if _is_waiting(item)]


responsiveness = Responsiveness()


class Probe:
    """`SELECT 1` on a separate connection with a client-side deadline.

    Any message of the server counts as a response, including a refusal.
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo.encode()
        self._connection: abc.PGconn | None = None

    def responds(self) -> bool:
        deadline = time.monotonic() + RESPONSE_SECONDS
        try:
            if self._connection is None:
                self._connection = _connect(self._conninfo, deadline)
            responds = _select_1(self._connection, deadline)
        except psycopg.Error:
            # The server refused or closed the connection; the next probe reconnects.
            responds = True
            self._connection = None
        if not responds:
            self._connection = None
        return responds


def _connect(conninfo: bytes, deadline: float) -> abc.PGconn | None:
    """A connection, or None if the server does not respond in time."""
    connection = PGconn.connect_start(conninfo)
    status = PollingStatus.WRITING
    while status in (PollingStatus.READING, PollingStatus.WRITING):
        if not _is_ready(connection.socket, status, deadline):
            return None
        status = PollingStatus(connection.connect_poll())
    if status == PollingStatus.FAILED:
        raise psycopg.OperationalError("The server refuses.")
    return connection


def _select_1(connection: abc.PGconn | None, deadline: float) -> bool:
    if connection is None:
        return False
    connection.send_query(b"SELECT 1")
    while connection.is_busy():
        if not _is_ready(connection.socket, PollingStatus.READING, deadline):
            return False
        connection.consume_input()
    while connection.get_result() is not None:
        pass
    return True


def _is_ready(descriptor: int, status: PollingStatus, deadline: float) -> bool:
    poll = select.poll()
    reads = status == PollingStatus.READING
    poll.register(descriptor, select.POLLIN if reads else select.POLLOUT)
    return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))


def _is_waiting(connection: AnyConnection) -> bool:
    if connection.closed:
        return False
    return connection.pgconn.transaction_status == TransactionStatus.ACTIVE


def shut_down(connection: AnyConnection) -> None:
    """End the wait of another thread, which sees a closed connection."""
    with (
        suppress(OSError, psycopg.Error),
        socket.socket(fileno=os.dup(connection.fileno())) as copy,
    ):
        copy.shutdown(socket.SHUT_RDWR)
