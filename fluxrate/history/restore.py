"""Deleted rows, inserted again from the events of their deletions."""

import json
from collections.abc import Mapping
from typing import Any, cast

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

from fluxrate.models import Recorded
from fluxrate.models.event import EventQuerySet

# `r` is a row of the table; the time of the deletion is the least `updated_at`.
_INSERT = """
    INSERT INTO {table} ({columns})
    SELECT {values}
    FROM ({deletions}) AS e {joins}
    CROSS JOIN LATERAL jsonb_populate_record(NULL::{table},
        %s::jsonb || e.data || %s::jsonb || jsonb_build_object({computed})) AS r
    ORDER BY e.id
"""
_BEGIN = "SELECT set_config('fluxrate.restoring', pg_current_xact_id()::text, true)"
_END = "SELECT set_config('fluxrate.restoring', '', true)"


def restore_rows(
    model: type[Recorded],
    deletions: EventQuerySet,
    *,
    values: Mapping[str, object] | None = None,
) -> int:
    """Insert the rows of the model whose deletions these events are; return how many.

    One statement inserts them, and triggers write an event `<object type>.restored` for
    each. The id, `created_at` and all recorded values are the old ones, except for
    `values` (column → value for every row). The revision follows the deletion's. A
    reference that its deletion would set to null is null if its object is gone.

    IntegrityError if a row exists, was restored and deleted again, or breaks a rule by
    now. Erased deletions have no row and are skipped. Secrets, which events lack, are
    not restored: a model with secrets that may not be null cannot be restored.
    """
    events, parameters = _events_sql(deletions.exclude(data={}))
    joins, computed = _references(model)
    names = _columns(model)
    sql = _INSERT.format(
        table=_quoted(model._meta.db_table),
        columns=", ".join(map(_quoted, names)),
        values=", ".join(f"r.{_quoted(name)}" for name in names),
        deletions=events,
        joins=joins,
        computed=", ".join(f"'{name}', {value}" for name, value in computed.items()),
    )
    fixed = [_json(_defaults(model)), _json(values or {})]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BEGIN)
        cursor.execute(sql, [*parameters, *fixed])
        restored = int(cursor.rowcount)
        cursor.execute(_END)
    return restored


def _events_sql(events: EventQuerySet) -> tuple[str, tuple[Any, ...]]:
    columns = events.order_by().values(
        "id", "organization_id", "revision", "created_at", "data"
    )
    sql, parameters = columns.query.sql_with_params()
    return sql, tuple(parameters)


def _columns(model: type[Recorded]) -> list[str]:
    """The columns that an INSERT names; PostgreSQL computes generated ones."""
    fields = model._meta.concrete_fields
    return [str(field.column) for field in fields if not field.generated]


def _defaults(model: type[Recorded]) -> dict[str, object]:
    """The values of columns that did not exist when the row was deleted."""
    return {
        str(field.column): field.get_default()
        for field in model._meta.concrete_fields
        if field.has_default() and not field.primary_key and not field.is_relation
    }


def _references(model: type[Recorded]) -> tuple[str, dict[str, str]]:
    """Joins of the objects that nullable references name, and computed values."""
    joins = ""
    computed = {"revision": "e.revision + 1", "updated_at": "e.created_at"}
    for field in model._meta.concrete_fields:
        if getattr(field.remote_field, "on_delete", None) is models.SET_NULL:
            alias = f"to_{field.column}"
            table = cast(type[models.Model], field.related_model)._meta.db_table
            joins += (
                f" LEFT JOIN {_quoted(table)} AS {alias}"
                f" ON {alias}.id = (e.data ->> '{field.column}')::uuid"
            )
            computed[str(field.column)] = f"{alias}.id"
    return joins, computed


def _json(values: Mapping[str, object]) -> str:
    return json.dumps(values, cls=DjangoJSONEncoder)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
