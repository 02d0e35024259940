"""Constraints with a code and a message for people, and their violations."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import psycopg
from django.apps import apps
from django.db import IntegrityError, connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import (
    BaseConstraint,
    BooleanField,
    CheckConstraint,
    Choices,
    F,
    Func,
    Model,
    Q,
    UniqueConstraint,
)
from django.db.models.constraints import BaseConstraint as Constraint

from fluxrate.text import EMAIL_NEEDED

CASCADE, SET_NULL = "CASCADE", "SET NULL"


class TenantForeignKey(BaseConstraint):
    """A foreign key over (organization_id, <field>_id): PostgreSQL itself refuses
    a row that points into another organization.

    It replaces the single-column key, so the field is declared with
    `db_constraint=False`. The target needs a PrimaryKey over (organization_id, id).
    """

    def __init__(
        self,
        *,
        field: str,
        to: str,
        name: str,
        on_delete: str = CASCADE,
        violation_error_code: str | None = None,
        violation_error_message: str | None = None,
    ) -> None:
        super().__init__(
            name=name,
            violation_error_code=violation_error_code,
            violation_error_message=violation_error_message,
        )
        self.field, self.to, self.on_delete = field, to, on_delete

    def constraint_sql(
        self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        quote = connection.ops.quote_name
        # Django names the column of a foreign key so.
        column = quote(f"{self.field}_id")
        action = f"SET NULL ({column})" if self.on_delete == SET_NULL else "CASCADE"
        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY (organization_id, {column}) "
            f"REFERENCES {quote(self.to)} (organization_id, id) ON DELETE {action}"
        )

    def create_sql(
        self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        table = connection.ops.quote_name(model._meta.db_table if model else "")
        return f"ALTER TABLE {table} ADD {self.constraint_sql(model, schema_editor)}"

    def remove_sql(
        self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        quote = connection.ops.quote_name
        table = quote(model._meta.db_table if model else "")
        return f"ALTER TABLE {table} DROP CONSTRAINT {quote(self.name)}"

    def validate(self, *args: object, **kwargs: object) -> None:
        """PostgreSQL checks it; forms offer only the organization's rows."""

    def deconstruct(self) -> tuple[str, Sequence[object], dict[str, object]]:
        path, args, kwargs = super().deconstruct()
        return (
            path,
            args,
            kwargs
            | {
                "field": self.field,
                "to": self.to,
                "on_delete": self.on_delete,
            },
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TenantForeignKey):
            return NotImplemented
        return bool(self.deconstruct() == other.deconstruct())

    __hash__ = BaseConstraint.__hash__


class PrimaryKey(UniqueConstraint):
    """The table's primary key in PostgreSQL, which begins with the organization.

    Django's own stays `id`, which needs an index of its own.
    """

    def create_sql(
        self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        return self._replace(model, f"{self._own(model)}_pkey", self.name, self.fields)

    def remove_sql(
        self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        return self._replace(model, self.name, f"{self._own(model)}_pkey", ["id"])

    def _replace(
        self, model: type[Model] | None, old: str, new: str, names: Sequence[str]
    ) -> str:
        quote = connection.ops.quote_name
        fields = model._meta.concrete_fields if model else ()
        columns = {field.name: quote(str(field.column)) for field in fields}
        key = ", ".join(columns[name] for name in names)
        return (
            f"ALTER TABLE {quote(self._own(model))} DROP CONSTRAINT {quote(old)}, "
            f"ADD CONSTRAINT {quote(new)} PRIMARY KEY ({key})"
        )

    def _own(self, model: type[Model] | None) -> str:
        return model._meta.db_table if model else ""


class StateConstraint(CheckConstraint):
    """A check of the state: a violation is a conflict, not a bad value."""


def visible_text(field: str, *, name: str) -> CheckConstraint:
    """At least one visible character; a missing text is null."""
    return CheckConstraint(
        condition=Func(
            F(field), function="has_visible_character", output_field=BooleanField()
        ),
        name=name,
        violation_error_code="blank",
        violation_error_message=f"{field}: At least one visible character is needed.",
    )


def email_address(field: str, *, name: str) -> CheckConstraint:
    """What an address looks like; `validate_email` is stricter."""
    return CheckConstraint(
        condition=Func(
            F(field), function="is_email_address", output_field=BooleanField()
        ),
        name=name,
        violation_error_code="invalid",
        violation_error_message=f"{field}: {EMAIL_NEEDED}",
    )


def known_choice(field: str, choices: type[Choices], *, name: str) -> CheckConstraint:
    """One of the choices."""
    values = [str(value) for value in choices.values]
    return CheckConstraint(
        condition=Q((f"{field}__in", values)),
        name=name,
        violation_error_code="invalid_choice",
        violation_error_message=f"{field}: One of {', '.join(values)} is needed.",
    )


@cache
def declared_constraints() -> dict[str, Constraint]:
    """All constraints that models declare, by their names in the database."""
    return {
        constraint.name: constraint
        for model in apps.get_models()
        for constraint in model._meta.constraints
    }


class Violation(NamedTuple):
    """A violation in words for people, without the constraint's name."""

    code: str
    message: str
    field: str | None = None
    """The field to correct, if it is a single one."""
    conflicts: bool = False
    """It conflicts with other rows or the state; otherwise the value is invalid."""


REFERENCE = "What this refers to is gone, or something still refers to this."
EXISTS = "This exists already."
CONFLICTS = "The database refuses this: it conflicts."
# The message of a constraint that no model declares.
UNKNOWN = "This value is not possible here."


def violated_constraint(error: IntegrityError) -> tuple[str, Constraint | None]:
    """The name of the violated constraint, and its declaration.

    A constraint of a partition or of a shard has the name with a number behind it.
    """
    cause = error.__cause__
    name = cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
    declared, name = declared_constraints(), name or ""
    if name not in declared:
        name = re.sub(r"_\d+$", "", name)
    return name, declared.get(name)


def violation(error: IntegrityError) -> Violation:
    """The violation, with the constraint's code and message or its kind's defaults."""
    constraint = violated_constraint(error)[1]
    if constraint is not None:
        return violation_of(constraint)
    cause = error.__cause__
    match cause:
        case psycopg.errors.NotNullViolation():
            field = cause.diag.column_name
            return Violation("null", "This may not be null.", field)
        case psycopg.errors.CheckViolation():
            return _undeclared_check(cause.diag)
        case psycopg.errors.ForeignKeyViolation():
            return Violation("conflict", REFERENCE, conflicts=True)
        case psycopg.errors.UniqueViolation():
            return Violation("conflict", EXISTS, conflicts=True)
    return Violation("conflict", CONFLICTS, conflicts=True)


def violation_of(constraint: Constraint) -> Violation:
    """A constraint's violation; its message may begin with the field and a colon."""
    field = field_of(constraint)
    message = str(constraint.get_violation_error_message())
    if constraint.violation_error_message == constraint.default_violation_error_message:
        message = UNKNOWN
    return Violation(
        constraint.violation_error_code or "invalid",
        message.removeprefix(f"{field}: "),
        field,
        conflicts=not isinstance(constraint, CheckConstraint | TenantForeignKey)
        or isinstance(constraint, StateConstraint),
    )


def field_of(constraint: Constraint) -> str | None:
    """The field to correct, if the constraint has a single one."""
    named = re.match(r"([a-z0-9_]+): ", str(constraint.violation_error_message))
    if named:
        return named[1]
    match constraint:
        case TenantForeignKey():
            return f"{constraint.field}_id"
        case UniqueConstraint():
            fields = [name for name in constraint.fields if name != "organization"]
            return fields[0] if len(fields) == 1 else None
        case CheckConstraint():
            fields = list(Q(constraint.condition).referenced_base_fields)
            return fields[0] if len(fields) == 1 else None
    return None


def _undeclared_check(diag: psycopg.errors.Diagnostic) -> Violation:
    """Django names the checks of its column types <table>_<column>_check; a trigger
    has its own message.
    """
    table, name = diag.table_name or "", diag.constraint_name or ""
    column = re.fullmatch(rf"{re.escape(table)}_(\w+)_check", name) if table else None
    primary = diag.message_primary or UNKNOWN
    message = UNKNOWN if name and name in primary else primary
    return Violation("invalid", message, column[1] if column else None)
