"""Limits that protect the application, lifted for work that may take its time."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

_NAMES = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let statements, locks and pauses of this connection last as long as they need."""
    with connection.cursor() as cursor:
        for name in _NAMES:
            cursor.execute(f"SET {name} = 0")
    try:
        yield
    finally:
        if connection.connection is not None and not connection.needs_rollback:
            with connection.cursor() as cursor:
                for name in _NAMES:
                    cursor.execute(f"RESET {name}")
