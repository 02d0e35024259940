"""Who acts, in which request and why: told to PostgreSQL, whose triggers write it down.

The settings `fluxrate.actor`, `fluxrate.request_id` and `fluxrate.reason` are set for
one transaction. Every transaction that Django begins sets them from `fluxrate.context`
(see `backend`); raw SQL may set them itself:

    BEGIN; SET LOCAL fluxrate.actor = 'shell:ada'; UPDATE …; COMMIT;
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from django.db import connection, transaction

from fluxrate.context import Context, context, current

_SET = """
    SELECT set_config('fluxrate.actor', %s, true),
           set_config('fluxrate.request_id', %s, true),
           set_config('fluxrate.reason', %s, true)
"""


def begin_sql(now: Context, limits: Mapping[str, str]) -> str:
    """BEGIN, the limits (a timeout's name and its duration) and the parts of the
    context that are known: one simple query.
    """
    sql = "BEGIN"
    for name, duration in limits.items():
        sql += f"; SET LOCAL {name} = {_literal(duration)}"
    for name in ("actor", "request_id", "reason"):
        if text := getattr(now, name):
            sql += f"; SET LOCAL fluxrate.{name} = {_literal(text)}"
    return sql


def _literal(text: str) -> str:
    """A string constant; a NUL, which cannot be sent, is taken out."""
    quoted = text.replace("\0", "").replace("\\", "\\\\").replace("'", "''")
    return f"E'{quoted}'"


@contextmanager
def acting(access: object, *, reason: str | None = None) -> Iterator[None]:
    """A transaction whose changes are recorded as the access's (`str(access)`).

    `reason` is the context's own where none is given. Within a transaction of the same
    actor it is a part of that one; within another's it is a savepoint.
    """
    given = current().reason if reason is None else reason
    now = replace(current(), actor=str(access), reason=given)
    before = getattr(connection, "told", None) if connection.in_atomic_block else None
    if now == before:
        yield
        return
    with context(actor=now.actor, reason=now.reason), transaction.atomic():
        if before is not None:
            _tell(now)
        yield
        if before is not None and not connection.needs_rollback:
            _tell(before)


def _tell(now: Context) -> None:
    """Change the context of a transaction; a savepoint's rollback takes it back."""
    with connection.cursor() as cursor:
        cursor.execute(_SET, [now.actor, now.request_id, now.reason])
