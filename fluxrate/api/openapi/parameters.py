"""Descriptions of parameters and fields, and names of the enums of parameters."""

from typing import Any

from .components import ENUM_NAME, Node
from .operation_ids import pascal

# Of a filter `created_at__gte`, by the lookup.
LOOKUPS = {
    "gte": "this time or later",
    "gt": "later than this time",
    "lte": "this time or earlier",
    "lt": "earlier than this time",
}
# Fields that many objects have.
FIELDS = {
    "id": "A UUID (version 7).",
    "created_at": "The time of the creation.",
    "updated_at": "The time of the last change.",
    "revision": "1 after the creation, and 1 more after each change; also the ETag.",
    "organization_id": "The organization that owns the object.",
    "password": "At most 1,000 characters, compared in Unicode normalization form C.",
}


def describe(parameter: Node, view: Any, noun: str) -> None:
    """Complete a parameter: its description, a type without null, a name of its enum.

    `noun` is what the path names, such as `api-key`.
    """
    schema = parameter["schema"]
    if isinstance(schema.get("type"), list):
        (schema["type"],) = (name for name in schema["type"] if name != "null")
    if parameter["in"] == "path":
        text = f"The {parameter['name']} of the {noun.replace('-', ' ')}."
        parameter.setdefault("description", text)
    elif not parameter.get("description"):
        parameter["description"] = _of_filter(parameter["name"], schema, view)
    if "enum" in schema.get("items", {}):
        model = view.queryset.model.__name__
        schema["items"][ENUM_NAME] = f"{model}{pascal(parameter['name'])}"


def _of_filter(name: str, schema: Node, view: Any) -> str:
    field, _, lookup = name.rpartition("__")
    if text := view.filterset_class.base_filters[name].extra.get("help_text"):
        return str(text)
    if lookup in LOOKUPS:
        return f"`{field}` is {LOOKUPS[lookup]}."
    if schema["type"] == "array":
        return f"`{name}` is one of these values, repeated or separated by commas."
    return f"`{name}` is exactly this value."


def description_of(field: Any) -> str:
    """Of a field without a help text: by the `descriptions` of its serializer, or by
    what its name means everywhere.
    """
    own = getattr(field.parent, "descriptions", {})
    return str(own.get(field.field_name) or FIELDS.get(field.field_name, ""))
