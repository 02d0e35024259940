"""The statements of a batch's revert, for one model; `%(own)s` is its own batch."""

from django.db import connection
from django.db.models import ManyToOneRel, Model

from fluxrate.models import Owned

# Columns that a revert never writes.
_FIXED = {"id", "organization_id", "revision", "created_at", "updated_at"}

# The changed objects, and the present revision of each; null if its row is gone.
OBJECTS = """
    SELECT change.*, row.revision FROM (
        SELECT object_id,
            (array_agg(type ORDER BY id))[1] = ANY(%(births)s) AS is_new,
            (array_agg(type ORDER BY id DESC))[1] = %(death)s AS is_gone,
            bool_or(data = '{{}}') AS is_erased,
            max(revision) AS last
        FROM fluxrate_event
        WHERE batch_id = %(batch)s AND organization_id = %(organization)s
            AND object_type = %(noun)s AND revision IS NOT NULL
        GROUP BY object_id
    ) AS change LEFT JOIN {table} AS row
    ON row.id = change.object_id AND row.organization_id = %(organization)s
    ORDER BY object_id
"""

LOCK = """
    SELECT count(*) FROM (
        SELECT FROM {table}
        WHERE organization_id = %(organization)s AND id = ANY(ARRAY(
            SELECT object_id FROM fluxrate_event
            WHERE batch_id = %(batch)s AND organization_id = %(organization)s
                AND object_type = %(noun)s))
        ORDER BY id FOR UPDATE
    ) AS locked
"""

DELETE = """
    DELETE FROM {table} AS row
    WHERE organization_id = %(organization)s AND id = ANY(%(ids)s) {unused}
    RETURNING id
"""


def sql_for(model: type[Model], template: str) -> str:
    """The statement for the model's table and columns."""
    quote = connection.ops.quote_name
    columns = [
        quote(str(field.column))
        for field in model._meta.concrete_fields
        if not field.generated and field.column not in _FIXED
    ]
    return template.format(
        table=quote(model._meta.db_table),
        assignments=", ".join(f"{name} = before.{name}" for name in columns),
        unused=" ".join(_unused(model)),
    )


def _same_owner(model: type[Model]) -> str:
    is_owned = issubclass(model, Owned)
    return " AND other.organization_id = row.organization_id" if is_owned else ""


def _unused(model: type[Model]) -> list[str]:
    """Conditions: no row refers to the row."""
    quote = connection.ops.quote_name
    references = [
        (relation.related_model, relation.field.column)
        for relation in model._meta.get_fields(include_hidden=True)
        if isinstance(relation, ManyToOneRel)
    ]
    return [
        f"AND NOT EXISTS (SELECT FROM {quote(model._meta.db_table)} AS other"
        f" WHERE other.{quote(column)} = row.id{_same_owner(model)})"
        for model, column in references
    ]
