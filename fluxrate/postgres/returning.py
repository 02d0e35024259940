"""UPDATE … RETURNING, which the ORM does not have: write and read in one statement."""

from typing import Any

from django.db import models
from django.db.models.sql import UpdateQuery


def change(instance: Any, **values: Any) -> Any:
    """Write just these columns of the instance's row, and give the row as it is now.

    Values may be expressions. DoesNotExist where the row has gone in the meantime.
    Related objects that were loaded stay, where the row still points to them.
    """
    rows = type(instance)._meta.base_manager.filter(pk=instance.pk)
    query = rows.query.chain(UpdateQuery)
    query.add_update_values(values)
    sql, parameters = query.get_compiler(rows.db).as_sql()
    found = list(rows.raw(f"{sql} RETURNING *", parameters))
    if not found:
        raise type(instance).DoesNotExist
    _keep_related(instance, found[0])
    return found[0]


def _keep_related(before: models.Model, after: models.Model) -> None:
    cached = before._state.fields_cache
    for name, related in cached.items():
        attname = before._meta.get_field(name).attname  # type: ignore[union-attr]
        if getattr(before, attname, None) == getattr(after, attname, None):
            after._state.fields_cache[name] = related
