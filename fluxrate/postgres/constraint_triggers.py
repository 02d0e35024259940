"""Constraints over several rows of one organization."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import BaseConstraint, Model


class ConstraintTrigger(BaseConstraint):
    """Refuses a change after which `violated_when` is true.

    `events` and `when` select the changes to check, in SQL; `row` is OLD or NEW. The
    trigger first locks the organization's row in the table `lock`, so that of two
    transactions that violate the constraint only together, the second sees the first.
    It checks nothing once that row is deleted. `owner` is the column with the
    organization's id. `table` is the table of the trigger, by default the model's own:
    a constraint on another table that depends on the model's rows is the model's.
    """

    OPTIONS: ClassVar = (
        *("events", "when", "row", "lock", "violated_when"),
        *("deferred", "owner", "table"),
    )

    def __init__(  # noqa: PLR0913 - each is a part of one statement
        self,
        *,
        name: str,
        events: str,
        when: str,
        row: str,
        lock: str,
        violated_when: str,
        deferred: bool = False,
        owner: str = "organization_id",
        table: str | None = None,
        violation_error_code: str | None = None,
        violation_error_message: str | None = None,
    ) -> None:
        super().__init__(
            name=name,
            violation_error_code=violation_error_code,
            violation_error_message=violation_error_message,
        )
        self.events, self.when, self.row = events, when, row
        self.lock, self.owner, self.table = lock, owner, table
        self.violated_when, self.deferred = violated_when, deferred

    def constraint_sql(
        self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        """Nothing inside CREATE TABLE: the trigger follows it."""
        if schema_editor is not None:
            sql = self.create_sql(model, schema_editor)
            schema_editor.deferred_sql.append(sql)

    def create_sql(
        self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        name = connection.ops.quote_name(self.name)
        table = self.table or (model._meta.db_table if model else "")
        return f"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM FROM {self.lock}
                    WHERE id = {self.row}.{self.owner} FOR NO KEY UPDATE;
                IF FOUND AND ({self.violated_when}) THEN
                    RAISE check_violation USING CONSTRAINT = '{self.name}';
                END IF;
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER {name} AFTER {self.events}
                ON {connection.ops.quote_name(table)}
                DEFERRABLE INITIALLY {"DEFERRED" if self.deferred else "IMMEDIATE"}
                FOR EACH ROW WHEN ({self.when}) EXECUTE FUNCTION {name}()
        """

    def remove_sql(
        self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        return f"DROP FUNCTION {connection.ops.quote_name(self.name)} CASCADE"

    def validate(self, *args: object, **kwargs: object) -> None:
        """Only PostgreSQL can check it: it sees what other transactions write."""

    def deconstruct(self) -> tuple[str, Sequence[object], dict[str, object]]:
        path, args, kwargs = super().deconstruct()
        options = {name: getattr(self, name) for name in self.OPTIONS}
        return path, args, kwargs | options

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConstraintTrigger):
            return NotImplemented
        return bool(self.deconstruct() == other.deconstruct())

    __hash__ = BaseConstraint.__hash__


def check_deferred(name: str) -> None:
    """Check a deferred constraint now instead of at COMMIT."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {connection.ops.quote_name(name)} IMMEDIATE")
