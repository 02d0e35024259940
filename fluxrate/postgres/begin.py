"""BEGIN of a transaction with its limits and its context."""

from collections.abc import Mapping

from fluxrate.context import Context

# The parts of a context, which are the settings `fluxrate.<part>` of a transaction.
PARTS = ("actor", "request_id", "reason", "batch")


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
