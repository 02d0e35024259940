"""Events keep their order in a database that was restored from a dump.

Their order is that of transactions, which a new server counts from the start again. If
the latest events are ahead of that count, the base that is added to it is raised.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

_AHEAD = """
    SELECT max(transaction) - pg_current_xact_id()::text::bigint
    FROM (SELECT transaction FROM fluxrate_event ORDER BY id DESC LIMIT 10000) AS latest
"""
_EXISTS = "SELECT to_regprocedure('event_base()')"


def raise_event_base(connection: BaseDatabaseWrapper) -> None:
    """Raise the base if the latest events are ahead of the current transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_EXISTS)
        if cursor.fetchone()[0] is None:
            return
        cursor.execute("SELECT event_base()")
        base = cursor.fetchone()[0]
        cursor.execute(_AHEAD)
        ahead = cursor.fetchone()[0]
        if ahead is not None and ahead > base:
            cursor.execute(
                "CREATE OR REPLACE FUNCTION event_base() RETURNS bigint "
                f"LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT {ahead + 1}::bigint'"
            )
