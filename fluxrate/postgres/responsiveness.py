"""Notice within seconds that PostgreSQL has stopped answering.

PostgreSQL's own limits (statement_timeout, lock_timeout) need a server that runs. A
frozen machine or a stopped process takes what is sent and answers nothing, so that
every thread would wait for it. In a web worker a thread of its own asks `SELECT 1`
while statements take long. When that has no answer either, it shuts the sockets that
wait, and further statements fail at once until the server answers again.
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
from psycopg.pq import PollingStatus, TransactionStatus

TICK_SECONDS = 0.5
ANSWER_SECONDS = 3.0

logger = logging.getLogger("fluxrate.postgres")


class Responsiveness:
    """Whether the server of one database answers; connections that may wait for it."""

    def __init__(self) -> None:
        self.is_away = False
        self._lock = threading.Lock()
        self._connections: WeakSet[psycopg.Connection[Any]] = WeakSet()
        self._attempts: set[object] = set()

    @contextmanager
    def connecting(self) -> Iterator[None]:
        """Count a thread that connects among those that may wait."""
        attempt = object()
        with self._lock:
            self._attempts.add(attempt)
        try:
            yield
        finally:
            with self._lock:
                self._attempts.remove(attempt)

    def add(self, connection: psycopg.Connection[Any]) -> None:
        with self._lock:
            self._connections.add(connection)

    def watch(self, conninfo: str) -> None:
        """Watch in a thread of its own for as long as the process lives."""
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
                self._judge(answers=probe.answers())

    def _judge(self, *, answers: bool) -> None:
        if answers is self.is_away:
            self.is_away = not answers
            state = "answers again" if answers else f"is silent for {ANSWER_SECONDS} s"
            logger.warning("PostgreSQL %s.", state)
        if not answers:
            for connection in self._waiting():
                shut(connection)

    def _busy(self) -> set[int]:
        with self._lock:
            attempts = {id(attempt) for attempt in self._attempts}
        return attempts | {id(connection) for connection in self._waiting()}

    def _waiting(self) -> list[psycopg.Connection[Any]]:
        with self._lock:
            connections = list(self._connections)
        return [each for each in connections if _is_waiting(each)]


responsiveness = Responsiveness()


class Probe:
    """`SELECT 1` on a connection of its own, with a deadline on our side.

    Whatever the server says counts as an answer, a refusal too.
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo.encode()
        self._connection: Any = None

    def answers(self) -> bool:
        deadline = time.monotonic() + ANSWER_SECONDS
        try:
            if self._connection is None:
                self._connection = _connected(self._conninfo, deadline)
            answered = _asked(self._connection, deadline)
        except psycopg.Error:
            # Refused, or closed by the server: it is up to the next probe to connect.
            answered = True
            self._connection = None
        if not answered:
            self._connection = None
        return answered


def _connected(conninfo: bytes, deadline: float) -> Any:
    """A connection, or None where the server does not answer in time."""
    connection = psycopg.pq.PGconn.connect_start(conninfo)
    status = PollingStatus.WRITING
    while status in (PollingStatus.READING, PollingStatus.WRITING):
        if not _is_ready(connection.socket, status, deadline):
            return None
        status = PollingStatus(connection.connect_poll())
    if status == PollingStatus.FAILED:
        raise psycopg.OperationalError("The server refuses.")
    return connection


def _asked(connection: Any, deadline: float) -> bool:
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


def _is_waiting(connection: psycopg.Connection[Any]) -> bool:
    if connection.closed:
        return False
    return connection.pgconn.transaction_status == TransactionStatus.ACTIVE


def shut(connection: psycopg.Connection[Any]) -> None:
    """End the wait of another thread: it sees a connection that was closed."""
    with (
        suppress(OSError, psycopg.Error),
        socket.socket(fileno=os.dup(connection.fileno())) as copy,
    ):
        copy.shutdown(socket.SHUT_RDWR)
