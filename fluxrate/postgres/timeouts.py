"""Limits that protect the application, lifted for work that may take longer."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

_NAMES = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let statements, locks and pauses of this connection last as long as they need.

    Through a transaction pooler the session is shared, so the block is one transaction
    there.
    """
    if connection.settings_dict.get("POOLED"):
        with transaction.atomic(using=connection.alias):
            _execute(connection, "SET LOCAL {} = 0")
            yield
        return
    _execute(connection, "SET {} = 0")
    try:
        yield
    finally:
        if connection.connection is not None and not connection.needs_rollback:
            _execute(connection, "RESET {}")


def _execute(connection: BaseDatabaseWrapper, statement: str) -> None:
    with connection.cursor() as cursor:
        for name in _NAMES:
            cursor.execute(statement.format(name))
