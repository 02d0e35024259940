"""UPDATE … RETURNING, which the ORM lacks: write and read in one statement."""

from typing import Any, TypeVar, cast

from django.db.models import Field, Model
from django.db.models.sql import UpdateQuery

M = TypeVar("M", bound=Model)


def update_returning(instance: M, **values: Any) -> M:
    """Write only these columns of the instance's row, and return the new row.

    Values may be expressions. It raises DoesNotExist if the row was deleted in the
    meantime. Loaded related objects stay loaded if the row still refers to them.
    """
    model = type(instance)
    rows = model._meta.base_manager.filter(pk=instance.pk)
    query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
    query.add_update_values(values)
    sql, parameters = query.get_compiler(rows.db).as_sql()
    updated = list(rows.raw(f"{sql} RETURNING *", parameters))
    if not updated:
        raise cast(Any, model).DoesNotExist
    _copy_related(instance, updated[0])
    return updated[0]


def _copy_related(before: Model, after: Model) -> None:
    for name, related in before._state.fields_cache.items():
        attname = cast("Field[Any, Any]", before._meta.get_field(name)).attname
        if getattr(before, attname, None) == getattr(after, attname, None):
            after._state.fields_cache[name] = related
