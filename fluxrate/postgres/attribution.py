"""The actor, request id and reason of a transaction, which triggers write into events.

They are the settings `fluxrate.actor`, `fluxrate.request_id` and `fluxrate.reason` of
one transaction. Every transaction that Django begins sets them from `fluxrate.context`
(see `backend`); raw SQL may set them itself:

    BEGIN; SET LOCAL fluxrate.actor = 'shell:ada'; UPDATE …; COMMIT;
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from django.db import connection, transaction

from fluxrate.context import Context, context, current

PARTS = ("actor", "request_id", "reason")
_SET = ", ".join(f"set_config('fluxrate.{name}', %s, true)" for name in PARTS)


def begin_sql(now: Context, limits: Mapping[str, str]) -> str:
    """BEGIN with the limits (timeout → duration) and the context, as one query."""
    sql = "BEGIN"
    for name, duration in limits.items():
        sql += f"; SET LOCAL {name} = {_literal(duration)}"
    for name in PARTS:
        if text := getattr(now, name):
            sql += f"; SET LOCAL fluxrate.{name} = {_literal(text)}"
    return sql


def _literal(text: str) -> str:
    """A string constant without NUL, which cannot be sent."""
    quoted = text.replace("\0", "").replace("\\", "\\\\").replace("'", "''")
    return f"E'{quoted}'"


@contextmanager
def atomic_as(actor: object, *, reason: str | None = None) -> Iterator[None]:
    """A transaction whose changes are recorded as the actor's (`str(actor)`).

    The default reason is the context's own. Within a transaction of the same actor it
    joins that one; within another actor's transaction it is a savepoint.
    """
    new_reason = current().reason if reason is None else reason
    now = replace(current(), actor=str(actor), reason=new_reason)
    sent: Context | None = getattr(connection, "sent_context", None)
    before = sent if connection.in_atomic_block else None
    if now == before:
        yield
        return
    with context(actor=now.actor, reason=now.reason), transaction.atomic():
        if before is not None:
            _send(now)
        yield
        if before is not None and not connection.needs_rollback:
            _send(before)


def _send(now: Context) -> None:
    """Change the context of a transaction; a savepoint's rollback restores it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_SET}", [now.actor, now.request_id, now.reason])
