import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import OperationalError
from django.db import connection as default_connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

_RETRY_SECONDS = 0.1
# The tries after which the wait is reported, and after which it ends: an hour.
_FIRST_REPORT, _REPORTS, _TRIES = 20, 600, 36_000
_HOLDER = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND (classid::bigint << 32 | objid::bigint) = %s
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


@contextmanager
def advisory_lock(
    connection: BaseDatabaseWrapper, name: str, *, waiting: Callable[[int], None]
) -> Iterator[None]:
    """Hold a lock that one session of the database at a time can hold.

    The session owns the lock: it ends with the connection, so it does not work through
    a pooler that gives every transaction another session.

    A session that waits tries again and again. A waiting statement would have a
    snapshot, for which CREATE INDEX CONCURRENTLY under the lock would wait in turn.
    `waiting` is called with the holder's process id after two seconds, and every
    minute. After an hour OperationalError is raised.
    """
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        tries = 0
        while not _try_lock(cursor, key):
            tries += 1
            if tries % _REPORTS == _FIRST_REPORT and (holder := _holder(cursor, key)):
                waiting(holder)
            if tries > _TRIES:
                raise OperationalError("Another session holds the lock.")
            time.sleep(_RETRY_SECONDS)
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def lock_in_transaction(name: str) -> None:
    """Wait for the lock on the name, in any case of its letters, until the end of the
    transaction.
    """
    sql = "SELECT pg_advisory_xact_lock(hashtextextended(upper(%s), 0))"
    with default_connection.cursor() as cursor:
        cursor.execute(sql, [name])


def _try_lock(cursor: CursorWrapper, key: int) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
    return bool(cursor.fetchone()[0])


def _holder(cursor: CursorWrapper, key: int) -> int:
    """The process id of the lock's holder; 0 if nobody holds it any more."""
    cursor.execute(_HOLDER, [key])
    row = cursor.fetchone()
    return int(row[0]) if row else 0
