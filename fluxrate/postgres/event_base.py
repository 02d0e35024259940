"""Events keep their order in a database whose transactions are counted anew.

Their position is a transaction's number and a base. A server that was restored from a
dump counts transactions from the start. A server that was promoted, or restored to a
point in time, may count numbers again that consumers of the feed have seen.
"""

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

# More transactions than can have been lost.
LOST = 1 << 32
_AHEAD = """
    SELECT max(transaction) - pg_current_xact_id()::text::bigint
    FROM (SELECT transaction FROM fluxrate_event ORDER BY id DESC LIMIT 10000) AS latest
"""
_EXISTS = "SELECT to_regprocedure('event_base()')"
# A transaction that has begun writes events before the old base is gone.
# Its owner grants itself the right to lock; from PostgreSQL 17 on, it has it.
_LOCK = """
    GRANT UPDATE ON fluxrate_event TO CURRENT_USER;
    LOCK TABLE fluxrate_event IN SHARE ROW EXCLUSIVE MODE;
    REVOKE UPDATE ON fluxrate_event FROM CURRENT_USER"""


def follow_events(connection: BaseDatabaseWrapper) -> None:
    """Raise the base if the latest events are ahead of the current transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_EXISTS)
        if cursor.fetchone()[0] is None:
            return
        base = _base(cursor)
        cursor.execute(_AHEAD)
        ahead = cursor.fetchone()[0]
        if ahead is not None and ahead > base:
            _replace(cursor, ahead + 1)


def raise_event_base(connection: BaseDatabaseWrapper) -> int:
    """Put all following events behind the lost ones; return the new base.

    It waits for transactions that have written events.
    """
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        base = _base(cursor) + LOST
        _replace(cursor, base)
    return base


def _base(cursor: CursorWrapper) -> int:
    cursor.execute("SELECT event_base()")
    return int(cursor.fetchone()[0])


def _replace(cursor: CursorWrapper, base: int) -> None:
    cursor.execute(
        "CREATE OR REPLACE FUNCTION event_base() RETURNS bigint "
        f"LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT {base}::bigint'"
    )
