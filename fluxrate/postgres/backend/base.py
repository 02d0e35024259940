"""The database backend that Django loads as ENGINE."""

import math
import re
import select
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, cast

import orjson
import psycopg
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql import base, features
from django.db.backends.utils import debug_transaction
from django.db.models import Model
from django.db.utils import DatabaseErrorWrapper, OperationalError
from django.utils.functional import cached_property
from psycopg.adapt import Buffer, Loader
from psycopg.types.datetime import TimestamptzLoader
from psycopg.types.string import TextLoader

from fluxrate.context import Context, current
from fluxrate.postgres.attribution import PARTS
from fluxrate.postgres.constraints import PrimaryKey
from fluxrate.postgres.prepared import PreparedStatement, Row
from fluxrate.postgres.responsiveness import responsiveness

# A firewall drops idle connections without notice: a connection that rested for longer
# is checked with a statement.
REST_SECONDS = 30
# The statements that a connection keeps prepared.
MAX_PREPARED, _NEVER = 300, 1_000_000_000
_WRITE = re.compile(r"\s*(INSERT|UPDATE|DELETE|MERGE|WITH)\b", re.IGNORECASE)


class Statements:
    """How many this process has sent by way: `django`, or `plan` for prepared ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: Counter[str] = Counter()

    def count(self, way: str) -> None:
        with self._lock:
            self._numbers[way] += 1

    def numbers(self) -> dict[str, int]:
        with self._lock:
            return dict(self._numbers)


statements = Statements()


class TerseErrors(DatabaseErrorWrapper):
    """Django's wrapper; the message keeps its first sentence if the rest shows data.

    `diag` has the details for code that needs them.
    """

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(exc_value, psycopg.Error) and exc_value.diag.message_detail:
            exc_value.args = (exc_value.diag.message_primary, *exc_value.args[1:])
        super().__exit__(exc_type, exc_value, traceback)


class DatabaseFeatures(features.DatabaseFeatures):
    def allows_group_by_selected_pks_on_model(self, model: type[Model]) -> bool:
        """Whether rows that are grouped by Django's primary key have one value of each
        column; PostgreSQL asks for its own primary key.
        """
        return not any(isinstance(each, PrimaryKey) for each in model._meta.constraints)


class DatabaseWrapper(base.DatabaseWrapper):
    """A transaction begins with the context, in the same round trip.

    psycopg stays in autocommit mode and never sends a BEGIN of its own. Everything
    that is set ends with the transaction, so nothing leaks through a pooler.
    """

    features_class = DatabaseFeatures
    # The context that was sent with the current transaction's BEGIN.
    sent_context = Context()
    health_check_done: bool
    # The last check of the connection (monotonic).
    checked_at = -math.inf

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        super().__init__(settings_dict, alias)
        self._server_cursors: dict[bool, psycopg.Cursor[Row]] = {}
        self.execute_wrappers.append(_counted)
        if settings_dict.get("POOLED"):
            self.execute_wrappers.append(_in_a_transaction)

    @cached_property
    def wrap_database_errors(self) -> TerseErrors:
        return TerseErrors(self)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        _refuse_while_away()
        with responsiveness.connecting():
            connection = super().get_new_connection(conn_params)
        responsiveness.add(connection)
        self._server_cursors = {}
        # Django sets None, with which psycopg prepares nothing at all. Only statements
        # that ask for it are prepared.
        connection.prepare_threshold = _NEVER
        connection.prepared_max = MAX_PREPARED
        return connection

    def server_cursor(self, statement: PreparedStatement) -> psycopg.Cursor[Row]:
        """The connection's cursor for the statement, which binds parameters on the
        server.
        """
        cursor = self._server_cursors.get(statement.for_json)
        if cursor is None:
            cursor = psycopg.Cursor(self.connection)
            self._server_cursors[statement.for_json] = cursor
            if statement.for_json:
                cursor.adapters.register_loader("uuid", TextLoader)
                cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
                cursor.adapters.register_loader("jsonb", _JSONLoader)
        return cursor

    @contextmanager
    def logged(self, sql: bytes) -> Iterator[None]:
        """Add the statement to `connection.queries`, if these are logged."""
        yield
        if self.queries_logged:
            self.queries_log.append({"sql": sql.decode(), "time": "0.000"})

    def close_if_health_check_failed(self) -> None:
        """Skip the round trip unless the connection rested or the server closed it."""
        _refuse_while_away()
        if self.connection is None or self.health_check_done:
            return
        now = time.monotonic()
        rested = now - self.checked_at
        self.health_check_done = rested < REST_SECONDS and _is_silent(self.connection)
        super().close_if_health_check_failed()
        self.checked_at = now

    def _start_transaction_under_autocommit(self) -> None:
        """Django's `atomic` calls this method of a backend."""
        self.sent_context = current()
        limits = self.settings_dict.get("TRANSACTION_LIMITS", {})
        sql = _begin_sql(self.sent_context, limits)
        with debug_transaction(self, sql), self.wrap_database_errors:
            self.connection.execute(sql)

    def _set_autocommit(self, autocommit: bool) -> None:
        if self.connection.autocommit is not autocommit:
            super()._set_autocommit(autocommit)  # type: ignore[misc]


def _begin_sql(now: Context, limits: Mapping[str, str]) -> str:
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


def _counted(execute: Callable[..., object], sql: object, *arguments: object) -> object:
    statements.count("django")
    return execute(sql, *arguments)


def _in_a_transaction(
    execute: Callable[..., object],
    sql: object,
    params: object,
    many: bool,
    context: Mapping[str, BaseDatabaseWrapper],
) -> object:
    """Run a single write in a transaction, which sends the actor: a pooler's session
    is shared and cannot hold it.
    """
    connection = context["connection"]
    if connection.in_atomic_block or not _WRITE.match(str(sql)):
        return execute(sql, params, many, context)
    with transaction.atomic(using=connection.alias):
        return execute(sql, params, many, context)


def _refuse_while_away() -> None:
    if responsiveness.is_away:
        raise OperationalError("PostgreSQL does not answer.")


def _is_silent(connection: psycopg.Connection[Any]) -> bool:
    """Whether there is nothing to read. A server that closes an idle connection sends a
    message, so the socket is readable then.
    """
    if connection.closed:
        return False
    socket = select.poll()
    socket.register(connection.fileno(), select.POLLIN)
    return not socket.poll(0)


class _JSONLoader(Loader):
    def load(self, data: Buffer) -> object:
        return orjson.loads(data)


def fetch(statement: PreparedStatement, parameters: Mapping[str, object]) -> list[Row]:
    """Execute a statement on the connection of the calling thread; return its rows.

    Raises django.db.DatabaseError.
    """
    connection = cast(DatabaseWrapper, connections["default"])
    if not connection.in_atomic_block:
        # Django does so when a request starts, which a plan does not see.
        connection.close_if_unusable_or_obsolete()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    cursor = connection.server_cursor(statement)
    with connection.wrap_database_errors, connection.logged(statement.sql):
        prepare = statement.prepare and not connection.settings_dict["POOLED"]
        statements.count("plan")
        cursor.execute(statement.sql, parameters, prepare=prepare)
        return cursor.fetchall()
