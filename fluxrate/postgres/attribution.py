"""The actor, request id, reason and batch of a transaction, which its events record.

They are the settings `fluxrate.<part>` of a transaction. Every transaction that Django
begins sets them from `fluxrate.context` (see `backend`); raw SQL may set them itself:

    BEGIN; SET LOCAL fluxrate.actor = 'shell:ada'; UPDATE …; COMMIT;
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.db import connection, transaction

from fluxrate.context import Context, context, current

# The parts of a context, which are the settings `fluxrate.<part>` of a transaction.
PARTS = ("actor", "request_id", "reason", "batch")

_SET = ", ".join(f"set_config('fluxrate.{name}', %s, true)" for name in PARTS)

# The same with parameters by name, as a part of a larger statement.
CONTEXT_SQL = "SELECT " + ", ".join(
    f"set_config('fluxrate.{name}', %(context_{name})s, true)" for name in PARTS
)


@contextmanager
def atomic_as(
    actor: object, *, reason: str | None = None, batch: str | None = None
) -> Iterator[None]:
    """A transaction whose changes are recorded as the actor's (`str(actor)`).

    The default reason and batch are the context's own. Within a transaction of the same
    context it joins that one; within a transaction of another it is a savepoint.
    """
    changes = {"actor": str(actor), "reason": reason, "batch": batch}
    parts = {name: part for name, part in changes.items() if part is not None}
    now = replace(current(), **parts)
    sent: Context | None = getattr(connection, "sent_context", None)
    before = sent if connection.in_atomic_block else None
    if now == before:
        yield
        return
    with context(**parts), transaction.atomic(), _sent(now, before):
        yield


@contextmanager
def _sent(now: Context, before: Context | None) -> Iterator[None]:
    """Change the context of a transaction; a savepoint's rollback restores it."""
    if before is None:
        yield
        return
    try:
        _send(now)
        yield
        if not connection.needs_rollback:
            _send(before)
    finally:
        connection.sent_context = before  # type: ignore[attr-defined]


def _send(now: Context) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_SET}", [getattr(now, name) for name in PARTS])
    connection.sent_context = now  # type: ignore[attr-defined]
