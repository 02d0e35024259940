import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def locked(connection: BaseDatabaseWrapper, name: str) -> Iterator[None]:
    """Let one session of a database at a time do what the name says; others wait.

    The lock belongs to the session: it ends with the connection, so it does not work
    through a pooler that gives every transaction another one.
    """
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [key])
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
