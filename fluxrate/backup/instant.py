"""An instant of a running server that a restore can reach again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from django.core.management import CommandError
from psycopg.rows import TupleRow

from fluxrate.backup.source import Source, row
from fluxrate.backup.wal import position

_ROUNDS, _ATTEMPTS = 30, 300
_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_SNAPSHOT = "SELECT pg_current_snapshot()::text"
_INSERT = "SELECT pg_current_wal_insert_lsn()::text, clock_timestamp()"
_RUNNING = """
    SELECT transactionid::text FROM pg_locks
    WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted"""
# A record after the instant: a recovery notices a target when it reads one beyond.
_MARK = "SELECT pg_logical_emit_message(true, 'fluxrate.backup', '')::text"


@dataclass(frozen=True)
class Instant:
    """`connection` sees what had been committed before `position`, and nothing else.

    `position` is in the WAL, which has a record after it; `mark` is that record's end.
    """

    connection: psycopg.Connection
    position: int
    at: datetime
    mark: int


@contextmanager
def instant(source: Source) -> Iterator[Instant]:
    """Choose an instant at which no transaction is committing; wait for it if need be.

    A commit is in the WAL before it is visible, so the two agree only then.
    """
    with source.tables() as reader, source.tables() as other:
        place, at = _between_commits(reader, other)
        try:
            (mark,) = row(other, _MARK)
            yield Instant(reader, place, at, position(mark))
        finally:
            reader.execute("ROLLBACK")


def _between_commits(
    reader: psycopg.Connection, other: psycopg.Connection
) -> tuple[int, datetime]:
    long: set[TupleRow] = set()
    for _ in range(_ROUNDS):
        for _ in range(_ATTEMPTS):
            if place := _attempt(reader, other, long):
                return place
        long = _lasting(other, _running(other))
    raise CommandError("The server commits without a pause: try again later.")


def _attempt(
    reader: psycopg.Connection, other: psycopg.Connection, long: set[TupleRow]
) -> tuple[int, datetime] | None:
    """Begin a transaction of the reader; roll it back if others may be committing."""
    reader.execute(_BEGIN)
    snapshot = row(reader, _SNAPSHOT)
    insert, at = row(other, _INSERT)
    running = _running(other)
    is_unchanged = row(other, _SNAPSHOT) == snapshot
    if is_unchanged and running <= long and running == _lasting(other, running):
        return position(insert), at
    reader.execute("ROLLBACK")
    return None


def _running(connection: psycopg.Connection) -> set[TupleRow]:
    """The transactions that write."""
    return set(connection.execute(_RUNNING).fetchall())


def _lasting(connection: psycopg.Connection, running: set[TupleRow]) -> set[TupleRow]:
    """Transactions that run a second longer, and so were not committing."""
    if not running:
        return running
    time.sleep(1)
    return running & _running(connection)
