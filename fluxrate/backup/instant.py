"""An instant of a running server that a restore can reach again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from django.core.management import CommandError

from fluxrate.backup.source import Source, row
from fluxrate.backup.wal import position

# Without a pause for transactions that write, then with one.
_ATTEMPTS = [0] * 1_000 + [1] * 100
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
    for pause in _ATTEMPTS:
        reader.execute(_BEGIN)
        snapshot = reader.execute(_SNAPSHOT).fetchone()
        insert, at = row(other, _INSERT)
        running = _running(other)
        unchanged = other.execute(_SNAPSHOT).fetchone() == snapshot
        if unchanged and _is_quiet(other, running, pause):
            return position(insert), at
        reader.execute("ROLLBACK")
    raise CommandError("The server commits without a pause: try again later.")


def _running(connection: psycopg.Connection) -> set[tuple[str]]:
    """The transactions that write."""
    return set(connection.execute(_RUNNING).fetchall())


def _is_quiet(
    connection: psycopg.Connection, running: set[tuple[str]], pause: int
) -> bool:
    """Whether none of these transactions was committing: those run on after a pause."""
    if not running:
        return True
    time.sleep(pause)
    return bool(pause) and running <= _running(connection)
