import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection as default_connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

_RETRY_SECONDS = 0.1
_RETRIES_BEFORE_NOTICE = 20


@contextmanager
def advisory_lock(
    connection: BaseDatabaseWrapper, name: str, *, waiting: Callable[[], None]
) -> Iterator[None]:
    """Hold a lock that one session of the database at a time can hold.

    The session owns the lock: it ends with the connection, so it does not work through
    a pooler that gives every transaction another session.

    A session that waits tries again and again. A waiting statement would have a
    snapshot, for which CREATE INDEX CONCURRENTLY under the lock would wait in turn.
    `waiting` is called once, after two seconds.
    """
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    tries = 0
    with connection.cursor() as cursor:
        while not _try_lock(cursor, key):
            tries += 1
            if tries == _RETRIES_BEFORE_NOTICE:
                waiting()
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
