"""UPDATE and INSERT … RETURNING: write and read in one statement."""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar, cast

import orjson
from django.db import connection
from django.db.models import Field, Model
from django.db.models.sql import UpdateQuery

M = TypeVar("M", bound=Model)


def update_returning(instance: M, **values: Any) -> M:
    """Write only these columns of the instance's row, and return the new row.

    Values may be expressions. It raises DoesNotExist if the row was deleted in the
    meantime. Loaded related objects stay loaded if the row still refers to them.
    """
    model = type(instance)
    rows = model._meta.base_manager.filter(pk=instance.pk, **_owner(instance))
    query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
    query.add_update_values(values)
    sql, parameters = query.get_compiler(rows.db).as_sql()
    updated = list(rows.raw(f"{sql} RETURNING *", parameters))
    if not updated:
        raise cast(Any, model).DoesNotExist
    _copy_related(instance, updated[0])
    return updated[0]


def _owner(instance: Model) -> dict[str, object]:
    """The condition for the organization of the row, if the model has one."""
    owner = getattr(instance, "organization_id", None)
    return {} if owner is None else {"organization_id": owner}


def _copy_related(before: Model, after: Model) -> None:
    for name, related in before._state.fields_cache.items():
        attname = cast("Field[Any, Any]", before._meta.get_field(name)).attname
        if getattr(before, attname, None) == getattr(after, attname, None):
            after._state.fields_cache[name] = related


def insert_returning(instances: Sequence[Model]) -> None:
    """Insert rows whose values are valid and normalized, and set their defaults.

    They are one parameter, a JSON document. `bulk_create` has a parameter for each
    value, which takes more time than the rest of the insertion.
    """
    options, quote = instances[0]._meta, connection.ops.quote_name
    fields = [field for field in options.concrete_fields if not field.generated]
    defaults = [field for field in fields if field.has_db_default()]
    names = [str(field.attname) for field in fields if field not in defaults]
    columns = ", ".join(map(quote, names))
    table = quote(options.db_table)
    returned = ", ".join(quote(str(field.column)) for field in defaults)
    rows = [{name: getattr(row, name) for name in names} for row in instances]
    sql = f"""
        INSERT INTO {table} ({columns})
        SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)
        RETURNING id, {returned}
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [orjson.dumps(rows).decode()])
        by_id = {pk: values for pk, *values in cursor.fetchall()}
    for row in instances:
        row._state.adding, row._state.db = False, connection.alias
        for field, value in zip(defaults, by_id[row.pk], strict=True):
            setattr(row, str(field.attname), value)


def update_rows(instances: Sequence[Model], names: Collection[str]) -> None:
    """Write these columns of many owned rows, each with the values of its instance.

    They are one parameter, as in `insert_returning`.
    """
    options, quote = instances[0]._meta, connection.ops.quote_name
    fields = [field for field in options.concrete_fields if field.name in names]
    columns = {str(field.attname): str(field.column) for field in fields}
    table = quote(options.db_table)
    rows = [
        {"id": row.pk}
        | {column: getattr(row, name) for name, column in columns.items()}
        for row in instances
    ]
    quoted = list(map(quote, columns.values()))
    sql = f"""
        UPDATE {table} AS row SET {", ".join(f"{name} = new.{name}" for name in quoted)}
        FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) AS new
        WHERE row.id = new.id AND row.organization_id = ANY (%s)
    """
    owners = list({cast(Any, row).organization_id for row in instances})
    with connection.cursor() as cursor:
        cursor.execute(sql, [orjson.dumps(rows).decode(), owners])
