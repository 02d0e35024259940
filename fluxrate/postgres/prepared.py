"""Statements that PostgreSQL parses and plans once for a connection."""

import re
from collections.abc import Mapping
from typing import NamedTuple, cast

import orjson
import psycopg
from django.db import connections
from psycopg.adapt import Buffer, Loader
from psycopg.types.datetime import TimestamptzLoader
from psycopg.types.string import TextLoader

from fluxrate.postgres.backend.base import DatabaseWrapper

Row = tuple[object, ...]
_PARAMETER = re.compile(r"%\((\w+)\)s|%%")


class _JSONLoader(Loader):
    def load(self, data: Buffer) -> object:
        return orjson.loads(data)


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

    def rows(self, parameters: Mapping[str, object]) -> list[Row]:
        """Execute the statement on the connection of the calling thread.

        Raises django.db.DatabaseError.
        """
        connection = cast(DatabaseWrapper, connections["default"])
        if not connection.in_atomic_block:
            # Django does so when a request starts, which it does not see here.
            connection.close_if_unusable_or_obsolete()
        connection.close_if_health_check_failed()
        connection.ensure_connection()
        cursor = self.cursor(connection)
        with connection.wrap_database_errors, connection.logged(self.sql):
            prepare = self.prepare and not connection.settings_dict["POOLED"]
            cursor.execute(self.sql, parameters, prepare=prepare)
            return cursor.fetchall()

    def cursor(self, connection: DatabaseWrapper) -> psycopg.Cursor[Row]:
        return connection.server_cursor("json" if self.for_json else "", _adapt)


class Execution(NamedTuple):
    """A statement and its parameters."""

    statement: PreparedStatement
    parameters: Mapping[str, object]

    def rows(self) -> list[Row]:
        return self.statement.rows(self.parameters)


def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    numbers: dict[str, int] = {}

    def replace(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        return f"${numbers.setdefault(match[1], len(numbers) + 1)}"

    return _PARAMETER.sub(replace, sql).encode(), tuple(numbers)


def _adapt(cursor: psycopg.Cursor[Row], name: str) -> None:
    if name == "json":
        cursor.adapters.register_loader("uuid", TextLoader)
        cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        cursor.adapters.register_loader("jsonb", _JSONLoader)
