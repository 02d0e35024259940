"""The document's components: names for enums, and only components in use."""

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from django.apps import apps
from django.db.models import TextChoices
from drf_spectacular.hooks import postprocess_schema_enums
from drf_spectacular.settings import patched_settings, spectacular_settings

# An object in the document.
Node: TypeAlias = dict[str, Any]
SCHEMAS, HEADERS = "#/components/schemas/", "#/components/headers/"
# The member of a parameter's enum that has the name of its component, and of a nullable
# enum in a component, until a postprocessing hook runs.
ENUM_NAME, NULLABLE = "x-enum-name", "x-nullable"
_replace_enums: Callable[..., Node] = postprocess_schema_enums


def name_enums(result: Node, **options: object) -> Node:
    """A postprocessing hook of drf-spectacular: a component for each TextChoices."""
    names = spectacular_settings.ENUM_NAME_OVERRIDES | enum_names()
    _mark_nullable_enums(result["components"]["schemas"])
    with patched_settings({"ENUM_NAME_OVERRIDES": names}):
        result = _replace_enums(result, **options)
    for schema in nodes(result["components"]["schemas"]):
        if schema.pop(NULLABLE, False):
            (enum,) = schema.pop("allOf")
            schema["oneOf"] = [enum, {"type": "null"}]
    return result


def _mark_nullable_enums(schemas: Node) -> None:
    """drf-spectacular drops the null of an enum that it replaces by a reference."""
    for schema in nodes(schemas):
        if "enum" in schema and "null" in schema.get("type", ()):
            schema["type"] = "string"
            schema[NULLABLE] = True


def enum_names() -> dict[str, type[TextChoices]]:
    """`CustomerStatus` for `Customer.Status`; `Role` for a class outside of models."""
    names = {
        choices: f"{model.__name__}{name}"
        for model in apps.get_models()
        for base in model.__mro__
        for name, choices in vars(base).items()
        if isinstance(choices, type) and issubclass(choices, TextChoices)
    }
    return {
        names.get(choices, choices.__name__): choices
        for choices in TextChoices.__subclasses__()
    }


def consolidate(document: Node) -> None:
    """Use one component for each enum, and delete unused components."""
    schemas = document["components"]["schemas"]
    _name_parameter_enums(document["paths"], schemas)
    for name, schema in schemas.items():
        schemas[name] = _with_names(schema)
    headers = document["components"]["headers"]
    for name in headers.keys() - set(references(document, HEADERS)):
        del headers[name]
    while unused := schemas.keys() - set(references(document)):
        for name in unused:
            del schemas[name]


def nodes(part: object) -> Iterator[Node]:
    """Every object in a part of the document, the outer ones first."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    for item in part if isinstance(part, list) else ():
        yield from nodes(item)


def references(document: Node, kind: str = SCHEMAS) -> Iterator[str]:
    """The names of the components of a kind that the document refers to."""
    for node in nodes(document):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith(kind):
            yield reference.removeprefix(kind)


def _name_parameter_enums(paths: Node, schemas: Node) -> None:
    """Refer to components in the parameters, too: drf-spectacular does not."""
    names = {
        frozenset(schema["enum"]): name
        for name, schema in schemas.items()
        if "enum" in schema
    }
    for node in nodes(paths):
        schema = node.get("schema", {})
        if "in" not in node or "enum" not in schema.get("items", schema):
            continue
        enum = schema.get("items", schema)
        own_name = enum.pop(ENUM_NAME, "")
        name = names.setdefault(frozenset(enum["enum"]), own_name)
        schemas.setdefault(name, enum)
        if schemas[name]["enum"] == enum["enum"] or not own_name:
            reference = {"$ref": SCHEMAS + name}
            node["schema"] = (
                schema | {"items": reference} if "items" in schema else reference
            )


def _with_names(enum: Node) -> Node:
    """An enum, with names for generators if a value is no identifier."""
    values = [str(value) for value in enum.get("enum", ())]
    if all(value.isidentifier() for value in values):
        return enum
    names = [re.sub(r"^-(.*)", r"\1_descending", value).upper() for value in values]
    return enum | {"x-enum-varnames": [re.sub(r"\W", "_", name) for name in names]}
