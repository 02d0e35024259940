import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

_LOOK_AGAIN_SECONDS = 0.1
_PATIENCE = 20


@contextmanager
def locked(
    connection: BaseDatabaseWrapper, name: str, *, waiting: Callable[[], None]
) -> Iterator[None]:
    """Let one session of a database at a time do what the name says; others wait.

    The lock belongs to the session: it ends with the connection, so it does not work
    through a pooler that gives every transaction another one.

    Others ask again and again: a statement that waits has a snapshot, for which CREATE
    INDEX CONCURRENTLY under the lock would wait in turn. `waiting` is called once,
    after two seconds.
    """
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    looked = 0
    with connection.cursor() as cursor:
        while not _taken(cursor, key):
            looked += 1
            if looked == _PATIENCE:
                waiting()
            time.sleep(_LOOK_AGAIN_SECONDS)
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _taken(cursor: Any, key: int) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
    return bool(cursor.fetchone()[0])
