"""The document's components, so that no generator of clients stumbles over them."""

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.db.models import TextChoices
from drf_spectacular.hooks import postprocess_schema_enums
from drf_spectacular.settings import patched_settings, spectacular_settings

SCHEMAS = "#/components/schemas/"


_replace_enums: Callable[..., dict[str, Any]] = postprocess_schema_enums


def name_enums(result: dict[str, Any], **options: Any) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular: a component for each TextChoices."""
    names = spectacular_settings.ENUM_NAME_OVERRIDES | enum_names()
    with patched_settings({"ENUM_NAME_OVERRIDES": names}):
        return _replace_enums(result, **options)


def enum_names() -> dict[str, type[TextChoices]]:
    """`Customer.Status` is CustomerStatus; one that no model has, keeps its name."""
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


def consolidate(document: dict[str, Any]) -> None:
    """One component for each enum, and none that is unused."""
    schemas = document["components"]["schemas"]
    _name_enums(document["paths"], schemas)
    while unused := schemas.keys() - set(referenced(document)):
        for name in unused:
            del schemas[name]


def nodes(part: Any) -> Iterator[dict[str, Any]]:
    """Every object in a part of the document, the outer ones first."""
    if isinstance(part, dict):
        yield part
    inner = part.values() if isinstance(part, dict) else part
    for each in inner if isinstance(part, dict | list) else ():
        yield from nodes(each)


def referenced(document: dict[str, Any]) -> Iterator[str]:
    for node in nodes(document):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith(SCHEMAS):
            yield reference.removeprefix(SCHEMAS)


def _name_enums(paths: dict[str, Any], schemas: dict[str, Any]) -> None:
    """A parameter takes the enum that a member of an object has by its name."""
    named = {
        frozenset(schema["enum"]): {"$ref": SCHEMAS + name}
        for name, schema in schemas.items()
        if "enum" in schema
    }
    for node in nodes(paths):
        inner = node.get("schema")
        known = named.get(frozenset(inner.get("enum", ()))) if inner else None
        if known and "in" in node:
            node["schema"] = known
