"""Statements that PostgreSQL parses and plans once for a connection."""

import re
from collections.abc import Mapping
from typing import NamedTuple

Row = tuple[object, ...]
_PARAMETER = re.compile(r"%\((\w+)\)s|%%")


class PreparedStatement:
    """SQL with `%(name)s` parameters.

    `for_json` returns UUIDs as text and jsonb as Python objects, ready to be rendered;
    otherwise rows are as Django's own cursors return them. Without `prepare`, each
    execution is planned for its values.
    """

    def __init__(
        self, sql: str, *, for_json: bool = False, prepare: bool = True
    ) -> None:
        self.sql, self.for_json = sql.encode(), for_json
        self.prepare = prepare
        # For PostgreSQL itself: the SQL with $1, $2, …, and the parameters' names.
        self.numbered, self.names = _numbered(sql)


class Execution(NamedTuple):
    """A statement and its parameters."""

    statement: PreparedStatement
    parameters: Mapping[str, object]


def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    numbers: dict[str, int] = {}

    def replace(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        return f"${numbers.setdefault(match[1], len(numbers) + 1)}"

    return _PARAMETER.sub(replace, sql).encode(), tuple(numbers)
