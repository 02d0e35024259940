"""A connection whose statements wait in an event loop."""

import asyncio
import time
from collections.abc import Callable, Generator
from typing import cast

import psycopg
from django.db import DatabaseError
from psycopg import abc, adapt
from psycopg.adapt import PyFormat
from psycopg.generators import execute
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready, Wait

from fluxrate.postgres.backend.base import MAX_PREPARED, DatabaseWrapper, statements
from fluxrate.postgres.prepared import Execution, PreparedStatement, Row

# The rows, the error, or None if the statement was never executed.
Result = list[Row] | Exception | None
Then = Callable[[Result], None]
# A statement in progress, as psycopg's generators are; it returns the rows.
Steps = Generator[Wait, Ready, list[Row]]
_OUTDATED = (
    psycopg.errors.FeatureNotSupported,
    psycopg.errors.ReadOnlySqlTransaction,
)


class LoopConnection:
    """A connection that executes one statement at a time."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        wrapper: DatabaseWrapper,
        ended: Callable[["LoopConnection"], None],
    ) -> None:
        self.loop, self.wrapper, self.ended = loop, wrapper, ended
        self.descriptor: int = wrapper.connection.fileno()
        self.used_at = time.monotonic()
        self._steps: Steps | None = None
        self._then: Then | None = None
        # Of PostgreSQL: the name by statement and types of its parameters.
        self._prepared: dict[tuple[PreparedStatement, tuple[int, ...]], bytes] = {}
        self._transformers: dict[bool, abc.Transformer] = {}
        loop.add_reader(self.descriptor, self._advance, Ready.R)

    @property
    def is_closed(self) -> bool:
        return bool(self.wrapper.connection.closed)

    def execute(self, execution: Execution, then: Then) -> None:
        self._steps, self._then = self._execute(execution), then
        self._advance(None)

    def _execute(self, execution: Execution) -> Steps:
        """The rows of the statement, as psycopg's cursors return them."""
        statement, parameters = execution
        statements.count("plan")
        connection: PGconn = self.wrapper.connection.pgconn
        transformer = self._transformer(statement)
        values = [parameters[name] for name in statement.names]
        dumped = transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
        types, formats = transformer.types or (), transformer.formats
        if statement.prepare:
            name = self._prepared.get((statement, types))
            if name is None:
                name = f"loop_{len(self._prepared)}".encode()
                connection.send_prepare(name, statement.numbered, types)
                _verified(*(yield from execute(connection)))
                self._prepared[statement, types] = name
            connection.send_query_prepared(name, dumped, formats)
        else:
            connection.send_query_params(statement.numbered, dumped, types, formats)
        result = _verified(*(yield from execute(connection)))
        transformer.set_pgresult(result)
        rows: list[Row] = transformer.load_rows(0, result.ntuples, tuple)
        return rows

    def _transformer(self, statement: PreparedStatement) -> abc.Transformer:
        transformer = self._transformers.get(statement.for_json)
        if transformer is None:
            transformer = adapt.Transformer(self.wrapper.server_cursor(statement))
            self._transformers[statement.for_json] = transformer
        return transformer

    def _advance(self, ready: Ready | None) -> None:
        steps = self._steps
        if steps is None:
            # The server closes an idle connection, or says something unexpected.
            self.close()
            self.ended(self)
            return
        result: Result
        try:
            with self.wrapper.wrap_database_errors:
                wait = steps.send(cast(Ready, ready))
        except StopIteration as end:
            result = end.value
        except Exception as error:  # noqa: BLE001 - of PostgreSQL, or of a parameter
            result = error
        else:
            if wait & Wait.W:
                self.loop.add_writer(self.descriptor, self._writable)
            return
        then, self._then, self._steps = self._then, None, None
        self.used_at = time.monotonic()
        if self.is_closed or self._is_worn(result):
            self.close()
        self.ended(self)
        if then is not None:
            then(result)

    def _is_worn(self, result: Result) -> bool:
        """Whether a new one is better: without outdated plans, to the primary, or
        without the rest of a statement that failed outside of PostgreSQL.
        """
        if not isinstance(result, Exception):
            return len(self._prepared) > MAX_PREPARED
        is_outdated = isinstance(result.__cause__, _OUTDATED)
        return is_outdated or not isinstance(result, DatabaseError)

    def _writable(self) -> None:
        self.loop.remove_writer(self.descriptor)
        self._advance(Ready.W)

    def close(self) -> None:
        self.loop.remove_reader(self.descriptor)
        self.loop.remove_writer(self.descriptor)
        self.wrapper.connection.close()


def _verified(*results: PGresult) -> PGresult:
    """The only result. Raises psycopg.Error."""
    (result,) = results
    if result.status == ExecStatus.FATAL_ERROR:
        raise psycopg.errors.error_from_result(result)
    return result
