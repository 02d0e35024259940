"""The data of events in the API description: a component for each object type."""

import pgtrigger
from django.db.models import Field, ForeignKey, Model

from fluxrate.api.openapi.components import SCHEMAS, Node
from fluxrate.postgres.triggers import RecordInsert, object_type

_TEXT: Node = {"type": "string"}
_TYPES: dict[str, Node] = {
    "UUIDField": _TEXT | {"format": "uuid"},
    "DateTimeField": _TEXT | {"format": "date-time"},
    "BooleanField": {"type": "boolean"},
    "IntegerField": {"type": "integer"},
    "PositiveIntegerField": {"type": "integer"},
    "PositiveSmallIntegerField": {"type": "integer"},
    "ArrayField": {"type": "array", "items": _TEXT},
    "JSONField": {"type": "object", "additionalProperties": _TEXT},
}


def describe_event_data(
    result: Node,
    **options: object,  # noqa: ARG001
) -> Node:
    """A postprocessing hook of drf-spectacular.

    `Event.data` stays an object: a union would make generated clients refuse an event
    whose type they do not know.
    """
    schemas = result["components"]["schemas"]
    components = {}
    for model, trigger in pgtrigger.registered():
        columns = [field.column for field in model._meta.concrete_fields]
        if isinstance(trigger, RecordInsert) and trigger.owner in columns:
            name = f"{model._meta.object_name}EventData"
            schemas[name] = _columns(model, trigger.arguments(model)[2])
            components[object_type(model)] = {"$ref": SCHEMAS + name}
    data = schemas["Event"]["properties"]["data"]
    data["x-data-by-object-type"] = dict(sorted(components.items()))
    return result


def _columns(model: Model, hidden: str) -> Node:
    """`hidden` is an array of PostgreSQL with the columns that events lack."""
    left_out = set(hidden.strip("{}").split(","))
    return {
        "type": "object",
        "description": f"`data` of the events of {model._meta.verbose_name_plural}. "
        "Empty once the history is erased.",
        "properties": {
            field.column: _schema(field)
            for field in model._meta.concrete_fields
            if field.column not in left_out
        },
    }


def _schema(field: Field) -> Node:
    target = field.target_field if isinstance(field, ForeignKey) else field
    schema = dict(_TYPES.get(target.get_internal_type(), _TEXT))
    if field.choices:
        schema["x-extensible-enum"] = [value for value, _ in field.flatchoices]
    if field.null:
        schema["type"] = [schema["type"], "null"]
    return schema
