"""Who acts, in which request and why: told to PostgreSQL, whose triggers write it down.

The settings `fluxrate.actor`, `fluxrate.request_id` and `fluxrate.reason` are set for
one transaction. Every transaction that Django begins sets them from `fluxrate.context`
(see `backend`); raw SQL may set them itself:

    BEGIN; SET LOCAL fluxrate.actor = 'shell:ada'; UPDATE …; COMMIT;
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from fluxrate.context import Context, context, current

_SET = """
    SELECT set_config('fluxrate.actor', %s, true),
           set_config('fluxrate.request_id', %s, true),
           set_config('fluxrate.reason', %s, true)
"""


def begin_sql() -> str:
    """BEGIN, and the parts of the context that are known: one simple query."""
    now = current()
    sql = "BEGIN"
    for name in ("actor", "request_id", "reason"):
        if text := getattr(now, name):
            sql += f"; SET LOCAL fluxrate.{name} = {_literal(text)}"
    return sql


def _literal(text: str) -> str:
    """A string constant; no backslash means anything in an E'' one but those doubled.

    A NUL cannot be sent at all, so it is taken out.
    """
    quoted = text.replace("\0", "").replace("\\", "\\\\").replace("'", "''")
    return f"E'{quoted}'"


@contextmanager
def acting(access: object, *, reason: str | None = None) -> Iterator[None]:
    """A transaction whose changes are recorded as the access's (`str(access)`).

    `reason` is the request's own (X-Change-Reason) where none is given.
    """
    why = current().reason if reason is None else reason
    outer, nested = current(), connection.in_atomic_block
    with context(actor=str(access), reason=why), transaction.atomic():
        if nested:
            _tell(current())
        yield
        if nested and not connection.needs_rollback:
            _tell(outer)


def _tell(now: Context) -> None:
    """Set the context in a transaction that has begun with another one.

    A savepoint that is rolled back takes it back.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SET, [now.actor, now.request_id, now.reason])
