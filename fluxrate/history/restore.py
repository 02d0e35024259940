"""Deleted rows, inserted again from the events of their deletions."""

import json
from collections.abc import Mapping
from typing import Any, cast

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

from fluxrate.models import Owned, Recorded
from fluxrate.models.event import EventQuerySet

from .cascade import AnyField

# `r` is a row of the table, `base` one with the defaults of its columns.
_INSERT = """
    INSERT INTO {table} ({columns})
    SELECT {values}
    FROM ({deletions}) AS e
    CROSS JOIN (SELECT jsonb_populate_record(NULL::{table}, %s) AS row OFFSET 0) AS base
    CROSS JOIN LATERAL jsonb_populate_record(base.row, e.data) AS r
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
    computed = _computed(model) | dict.fromkeys(values or {}, "%s")
    names = _columns(model)
    sql = _INSERT.format(
        table=_quoted(model._meta.db_table),
        columns=", ".join(map(_quoted, names)),
        values=", ".join(computed.get(name, f"r.{_quoted(name)}") for name in names),
        deletions=events,
    )
    changed = [values[name] for name in names if values and name in values]
    defaults = json.dumps(_defaults(model), cls=DjangoJSONEncoder)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BEGIN)
        bound: Any = [*changed, *parameters, defaults]
        cursor.execute(sql, bound)
        restored = int(cursor.rowcount)
        cursor.execute(_END)
    return restored


def _events_sql(events: EventQuerySet) -> tuple[str, tuple[object, ...]]:
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


def _computed(model: type[Recorded]) -> dict[str, str]:
    """SQL for the columns that a restored row does not take from the event."""
    return {"revision": "e.revision + 1", "updated_at": "e.created_at"} | {
        str(field.column): _if_exists(field)
        for field in model._meta.concrete_fields
        if getattr(field.remote_field, "on_delete", None) is models.SET_NULL
    }


def _if_exists(field: AnyField) -> str:
    """The reference, or null if there is no such object any more."""
    model = cast(type[models.Model], field.related_model)
    table, column = _quoted(model._meta.db_table), _quoted(str(field.column))
    same = "AND target.organization_id = e.organization_id"
    owner = same if issubclass(model, Owned) else ""
    return f"(SELECT id FROM {table} AS target WHERE target.id = r.{column} {owner})"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
