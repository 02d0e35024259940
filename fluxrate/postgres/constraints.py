"""What must always be true, with the words for the day it is not."""

from functools import cache
from typing import Any

import psycopg
from django.apps import apps
from django.db import IntegrityError
from django.db.models import BaseConstraint, CheckConstraint, Q, UniqueConstraint
from django.db.models.constraints import BaseConstraint as Constraint
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan

CASCADE, SET_NULL = "CASCADE", "SET NULL"


class TenantForeignKey(BaseConstraint):
    """A foreign key over (organization_id, <field>_id): PostgreSQL itself refuses
    a row that points into another organization.

    It takes the place of the single-column key, so the field is declared with
    `db_constraint=False`. The target needs a unique constraint over
    (organization_id, id).
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

    def constraint_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        column = quote(model._meta.get_field(self.field).column)
        action = f"SET NULL ({column})" if self.on_delete == SET_NULL else "CASCADE"
        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY (organization_id, {column}) "
            f"REFERENCES {quote(self.to)} (organization_id, id) ON DELETE {action}"
        )

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        table = schema_editor.quote_name(model._meta.db_table)
        return f"ALTER TABLE {table} ADD {self.constraint_sql(model, schema_editor)}"

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        table = quote(model._meta.db_table)
        return f"ALTER TABLE {table} DROP CONSTRAINT {quote(self.name)}"

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """PostgreSQL's to judge: related fields only offer the organization's rows."""

    def deconstruct(self) -> Any:
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


class StateConstraint(CheckConstraint):
    """A check on the state of things: broken, it is a conflict, not a bad value."""


def not_empty(field: str, *, name: str) -> CheckConstraint:
    """No empty string: what is not there is null."""
    return CheckConstraint(
        condition=GreaterThan(Length(field), 0),
        name=name,
        violation_error_code="blank",
        violation_error_message=f"{field}: This may not be empty.",
    )


@cache
def declared() -> dict[str, Constraint]:
    """Every constraint that a model declares, by its name in the database."""
    return {
        constraint.name: constraint
        for model in apps.get_models()
        for constraint in model._meta.constraints
    }


def broken(error: IntegrityError) -> tuple[str, Constraint | None]:
    """The name of the constraint that PostgreSQL enforced, and its declaration."""
    cause = error.__cause__
    name = cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
    return name or "", declared().get(name or "")


def field_of(constraint: Constraint) -> str | None:
    """The field that the caller can mend, where the constraint has just one."""
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
