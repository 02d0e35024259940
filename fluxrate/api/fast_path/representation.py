"""From the rows of a statement to what a serializer makes of them.

A serializer whose members are columns is not asked: PostgreSQL's values are its values.
Any other serializer represents instances, as Django's ModelIterable makes them.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from django.db.models import Model, QuerySet
from rest_framework import serializers

from fluxrate.api.serializers import OwnedRelatedField, StrictModelSerializer
from fluxrate.postgres.named_sql import NamedSQL
from fluxrate.postgres.prepared import Row

from .columns import Columns
from .instances import Instances
from .recording import CannotRecordError, Names

# Fields whose representation of a column is the value that PostgreSQL sends.
_PLAIN = {
    field.to_representation
    for field in (
        serializers.BooleanField,
        serializers.CharField,
        serializers.ChoiceField,
        serializers.DateTimeField,
        serializers.IntegerField,
        serializers.ReadOnlyField,
        serializers.UUIDField,
    )
}


class Representation(Protocol):
    """`sql` selects the columns that `represent` reads; `revision` is that of a row."""

    for_json: bool
    sql: NamedSQL

    def represent(self, rows: Sequence[Row]) -> list[object]: ...

    def revision(self, row: Row) -> object: ...


def representation(rows: QuerySet, serializer: Any, names: Names) -> Representation:
    """How the rows become JSON. Raises CannotRecordError for an unknown serializer."""
    members = columns_of(serializer, rows)
    if members is not None:
        return Columns(rows, members, names)
    return Instances(rows, serializer, names)


def columns_of(serializer: Any, rows: QuerySet) -> dict[str, str] | None:
    """Member → column, if each member of the representation is a column, else None."""
    kind = type(serializer)
    if not isinstance(serializer, StrictModelSerializer):
        raise CannotRecordError
    if kind.to_representation is not StrictModelSerializer.to_representation:
        return None
    columns = {field.attname for field in rows.model._meta.concrete_fields}
    references = {
        field.name: field.attname
        for field in rows.model._meta.concrete_fields
        if field.is_relation
    }
    members: dict[str, str] = {}
    for field in serializer._readable_fields:  # noqa: SLF001 - of DRF
        plain = type(field).get_attribute is serializers.Field.get_attribute
        if plain and field.source in columns and _is_plain(field, rows.model):
            members[str(field.field_name)] = str(field.source)
        elif type(field) is OwnedRelatedField and field.source in references:
            members[str(field.field_name)] = references[field.source]
        elif field.source in rows.query.annotations or not _is_absent(
            field, rows.model
        ):
            return None
    return members


def _is_plain(field: serializers.Field, model: type[Model]) -> bool:
    if isinstance(field, serializers.DictField):
        column = model._meta.get_field(str(field.source))
        is_flat = isinstance(field.child, serializers.CharField)
        is_plain = (
            type(field).to_representation is serializers.DictField.to_representation
        )
        return is_flat and is_plain and getattr(column, "decoder", None) is None
    return type(field).to_representation in _PLAIN


def _is_absent(field: serializers.Field, model: type[Model]) -> bool:
    """Whether the serializer leaves the member out of an object without annotations."""
    try:
        field.get_attribute(model())
    except serializers.SkipField:
        return True
    except Exception:  # noqa: BLE001 - a computed member may need a stored object
        return False
    return False
