"""Statements that PostgreSQL parses and plans once for a connection."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self, cast

import orjson
import psycopg
from django.db import connections
from django.db.models import Func, QuerySet
from psycopg.adapt import Buffer, Loader
from psycopg.types.string import TextLoader

from fluxrate.postgres.backend.base import DatabaseWrapper

Row = tuple[object, ...]


def parameter(name: str) -> Func:
    """`%(name)s` in the SQL, for a value that is bound when it is executed."""
    return Func(template=f"%%({name})s")


@dataclass(frozen=True, slots=True)
class NamedSQL:
    """A part of a statement: SQL with `%(name)s` parameters, and those with a value."""

    sql: str
    values: dict[str, object]

    @classmethod
    def of(
        cls,
        sql: str,
        parameters: Iterable[object],
        prefix: str,
        names: Mapping[object, str] | None = None,
    ) -> Self:
        """Name the parameters of Django's SQL: `names` gives the name of a value that
        each execution replaces; the others are called `prefix` and a number.
        """
        values: dict[str, object] = {}
        placeholders = []
        for number, value in enumerate(parameters):
            name = _name(value, names or {})
            if name is None:
                name = f"{prefix}{number}"
                values[name] = value
            placeholders.append(f"%({name})s")
        parts = sql.split("%s")
        pairs = zip(parts, [*placeholders, ""], strict=True)
        return cls("".join(part for pair in pairs for part in pair), values)

    @classmethod
    def of_rows(
        cls, rows: QuerySet, prefix: str, names: Mapping[object, str] | None = None
    ) -> Self:
        sql, parameters = rows.query.sql_with_params()
        return cls.of(str(sql), parameters, prefix, names)


def _name(value: object, names: Mapping[object, str]) -> str | None:
    return next(
        (
            name
            for other, name in names.items()
            if type(value) is type(other) and value == other
        ),
        None,
    )


class _JSONLoader(Loader):
    def load(self, data: Buffer) -> object:
        return orjson.loads(data)


class PreparedStatement:
    """SQL with `%(name)s` parameters, on the connection of the calling thread.

    `for_json` returns UUIDs as text and jsonb as Python objects, ready to be rendered;
    otherwise rows are as Django's own cursors return them.
    """

    def __init__(self, sql: str, *, for_json: bool = False) -> None:
        self.sql, self.for_json = sql.encode(), for_json

    def rows(self, parameters: Mapping[str, object]) -> list[Row]:
        """Execute the statement. Raises django.db.DatabaseError."""
        connection = cast(DatabaseWrapper, connections["default"])
        if not connection.in_atomic_block:
            # Django does so when a request starts, which it does not see here.
            connection.close_if_unusable_or_obsolete()
        connection.close_if_health_check_failed()
        connection.ensure_connection()
        cursor = connection.server_cursor("json" if self.for_json else "", _adapt)
        with connection.wrap_database_errors, connection.logged(self.sql):
            cursor.execute(
                self.sql, parameters, prepare=not connection.settings_dict["POOLED"]
            )
            return cursor.fetchall()


def _adapt(cursor: psycopg.Cursor[Row], name: str) -> None:
    if name == "json":
        cursor.adapters.register_loader("uuid", TextLoader)
        cursor.adapters.register_loader("jsonb", _JSONLoader)
