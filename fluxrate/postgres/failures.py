"""Why a statement or a connection failed, in a word for the log and for alerts."""

import re

import psycopg

_BY_SQLSTATE = {
    "25006": "read_only",
    "28000": "auth_failed",
    "28P01": "auth_failed",
    "3D000": "no_database",
    "40001": "conflict",
    "40P01": "deadlock",
    "53100": "disk_full",
    "53200": "out_of_memory",
    "53300": "too_many_connections",
    "55P03": "lock_timeout",
    "57014": "statement_timeout",
    "57P01": "server_stops",
    "57P02": "server_crashed",
    "57P03": "server_starts",
}
# libpq has no SQLSTATE of a refused connection, only a text.
_BY_TEXT = {
    "auth_failed": "authentication failed|no pg_hba|role .* does not exist|no password",
    "too_many_connections": "too many (clients|connections)|connection slots",
    "server_starts": "the database system is",
    "no_database": "database .* does not exist|not currently accepting",
    "unresponsive": "does not answer",
    "host_unreachable": "resolve|translate host|unreachable|No route|timeout|timed out",
    "connection_refused": "refused|No such file",
    "certificate": "certificate|SSL",
    "connection_lost": "closed|terminat|lost|consuming input|sending query",
}
CLASSES = sorted({*_BY_SQLSTATE.values(), *_BY_TEXT, "other"})
_TEXTS = {name: re.compile(text, re.IGNORECASE) for name, text in _BY_TEXT.items()}


def sqlstate(error: BaseException) -> str:
    """The SQLSTATE of Django's or psycopg's error; "" without one."""
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    return getattr(cause, "sqlstate", None) or ""


def failure(error: BaseException) -> dict[str, str]:
    """`sqlstate` and `class`, which are members of a line of the log."""
    state = sqlstate(error)
    if state:
        return {"sqlstate": state, "class": _BY_SQLSTATE.get(state, "other")}
    text = str(error)
    matching = (name for name, pattern in _TEXTS.items() if pattern.search(text))
    return {"sqlstate": "", "class": next(matching, "other")}
