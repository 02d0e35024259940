"""The document's components: names for enums, and only components in use."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from django.apps import apps
from django.db.models import TextChoices
from drf_spectacular.hooks import postprocess_schema_enums
from drf_spectacular.settings import patched_settings, spectacular_settings

# An object in the document.
Node: TypeAlias = dict[str, Any]
SCHEMAS = "#/components/schemas/"
_replace_enums: Callable[..., Node] = postprocess_schema_enums


def name_enums(result: Node, **options: object) -> Node:
    """A postprocessing hook of drf-spectacular: a component for each TextChoices."""
    names = spectacular_settings.ENUM_NAME_OVERRIDES | enum_names()
    with patched_settings({"ENUM_NAME_OVERRIDES": names}):
        return _replace_enums(result, **options)


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


def references(document: Node) -> Iterator[str]:
    """The names of the schemas that the document refers to."""
    for node in nodes(document):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith(SCHEMAS):
            yield reference.removeprefix(SCHEMAS)


def _name_parameter_enums(paths: Node, schemas: Node) -> None:
    """Refer to the enum's component in parameters, too: drf-spectacular does not."""
    names = {
        frozenset(schema["enum"]): {"$ref": SCHEMAS + name}
        for name, schema in schemas.items()
        if "enum" in schema
    }
    for node in nodes(paths):
        schema = node.get("schema")
        reference = names.get(frozenset(schema.get("enum", ()))) if schema else None
        if reference and "in" in node:
            node["schema"] = reference
