"""A creation or a change in one statement, in which the caller's row is joined.

The statement also sets the context that triggers write into events. Alone, it is a
transaction; a caller who does not stand, or an object that is not theirs, leaves it
without a row, and nothing is written.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import connections, models
from django.db.models.signals import post_init, post_save, pre_init, pre_save

from fluxrate.api.conditional import entity_tag
from fluxrate.models import Owned
from fluxrate.postgres.attribution import CONTEXT_SQL
from fluxrate.postgres.backend.base import fetch
from fluxrate.postgres.prepared import Execution, PreparedStatement, Row

from .acceptors import BodyAcceptor, NotAcceptedError
from .columns import Columns
from .credentials import Credential
from .plan import Answered, Arrival, Plan
from .recording import CannotRecordError, Recording
from .representation import representation

# Bodies may name any of the columns; each set of columns is a statement.
_MAX_STATEMENTS = 64
_SIGNALS = (pre_init, post_init, pre_save, post_save)


class WritePlan(Plan):
    """The parts that creations and changes share."""

    status: ClassVar[int]
    acceptor: BodyAcceptor

    def __init__(self, recording: Recording, credential: type[Credential]) -> None:
        view = recording.view
        self.model: type[Owned] = view.queryset.model
        self.has_tag = view.has_entity_tag
        rows = view.filter_queryset(view.get_queryset())
        shown = representation(rows, view.get_serializer(), recording.names)
        if not isinstance(shown, Columns) or any(
            signal.has_listeners(self.model) for signal in _SIGNALS
        ):
            raise CannotRecordError
        self.shown = shown
        self.caller = credential.caller_sql(recording.scopes)
        self.table = f'"{self.model._meta.db_table}"'
        self._statements: dict[tuple[str, ...], PreparedStatement] = {}

    @abstractmethod
    def values(self, arrival: Arrival) -> dict[str, object]:
        """Column → value for PostgreSQL. It may raise anything: nothing is written."""

    @abstractmethod
    def sql(self, columns: Sequence[str]) -> str:
        """The statement that writes these columns."""

    def execution(self, arrival: Arrival) -> Execution:
        try:
            values = self.values(arrival)
        except Exception as error:
            raise NotAcceptedError from error
        parameters = {
            **self.named.values,
            **{f"value_{name}": value for name, value in values.items()},
            "revisions": arrival.revisions,
            **arrival.parameters(),
            **arrival.context(),
        }
        return Execution(self._statement(tuple(sorted(values))), parameters)

    def _statement(self, columns: tuple[str, ...]) -> PreparedStatement:
        """The statement for these columns; only the first ones are prepared."""
        statement = self._statements.get(columns)
        if statement is None:
            is_kept = len(self._statements) < _MAX_STATEMENTS
            statement = PreparedStatement(
                self.sql(columns), for_json=True, prepare=is_kept
            )
            if is_kept:
                self._statements[columns] = statement
        return statement

    def answered(self, rows: list[Row], arrival: Arrival) -> Answered | None:
        """The answer that shows the written row; None if nothing was written."""
        return self.shows(rows[0]) if rows else None

    def shows(self, row: Row) -> Answered:
        headers = {}
        if self.has_tag:
            headers["ETag"] = entity_tag(int(str(self.shown.revision(row))))
        return Answered(self.status, self.shown.represent([row])[0], headers)

    def stored(self, arrival: Arrival, object_id: object) -> Answered | None:
        """What the plan would answer with a row that the ordinary way has written."""
        names = self.shown.returning(self.table)
        sql = (
            f"SELECT {names} FROM {self.table} WHERE id = %(object)s "
            "AND organization_id = %(organization)s"
        )
        values = {
            "object": object_id,
            "organization": arrival.credential.organization_id,
        }
        rows = fetch(PreparedStatement(sql, for_json=True, prepare=False), values)
        return self.answered(rows, arrival)

    def _with(self) -> str:
        return (
            f"WITH context AS MATERIALIZED ({CONTEXT_SQL}), "
            f"caller AS MATERIALIZED ({self.caller.sql}) "
        )


def cast_type(field: "models.Field[Any, Any]") -> str:
    """The type of a column without its length: a cast would cut what is too long."""
    return str(field.db_type(connections["default"])).partition("(")[0]


def prepared(field: "models.Field[Any, Any]", value: object) -> object:
    """The value for PostgreSQL."""
    return field.get_db_prep_save(value, connections["default"])
