"""Writes the models of the Python client from openapi.yaml: `make models`."""

from pathlib import Path

from fluxrate.tests.live_site import CHECKOUT

from .components import Node, components, queries, referenced, references

PACKAGE = CHECKOUT / "clients" / "python" / "fluxrate_client"
SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
HEAD = '''\
"""The objects of the API. Written from openapi.yaml; do not edit."""

from __future__ import annotations

from typing import Generic, Literal, NotRequired, TypedDict, TypeVar

Item = TypeVar("Item")


class PageMeta(TypedDict):
    page: int | None
    page_size: int
    total: int
    total_pages: int
    next: str | None


class Page(TypedDict, Generic[Item]):
    data: list[Item]
    meta: PageMeta
'''
QUERIES_HEAD = '''\
"""The parameters of lists. Written from openapi.yaml; do not edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypedDict

from .models import (
{names}
)
'''


def sources() -> dict[Path, str]:
    """The files of the client that are written, and their texts."""
    return {PACKAGE / "models.py": _models(), PACKAGE / "queries.py": _queries()}


def _models() -> str:
    schemas = components(*dict.fromkeys(references(queries())))
    models = [_model(name, schema) for name, schema in schemas.items()]
    aliases = [model for model in models if "class " not in model]
    classes = [model for model in models if "class " in model]
    return "\n\n".join([HEAD, "".join(sorted(aliases)), *classes])


def _queries() -> str:
    lists = queries()
    names = sorted(set(references(lists)))
    head = QUERIES_HEAD.format(names="\n".join(f"    {name}," for name in names))
    classes = [_query(name, members) for name, members in lists.items()]
    return "\n\n".join([head, *classes])


def _model(name: str, schema: Node) -> str:
    if "properties" not in schema:
        return f"{name} = {_type(schema)}\n"
    required = schema.get("required", ())
    lines = [f"class {name}(TypedDict):"]
    for member, shape in schema["properties"].items():
        text = _type(shape)
        text = text if member in required else f"NotRequired[{text}]"
        lines.append(f"    {member}: {text}")
    return "\n".join(lines) + "\n"


def _query(name: str, members: Node) -> str:
    """A list may be one value; pairs may be a dictionary, too."""
    lines = [f"class {name}(TypedDict, total=False):"]
    for member, schema in members.items():
        text = _type(schema.get("items", schema))
        if schema["type"] == "array":
            is_map = "key:value" in schema["description"]
            pairs = " | Mapping[str, str]" if is_map else ""
            text = f"{text} | Sequence[{text}]{pairs}"
        elif schema.get("format") == "date-time":
            text = f"{text} | datetime"
        lines.append(f"    {member}: {text}")
    return "\n".join(lines) + "\n"


def _type(schema: Node) -> str:
    if "$ref" in schema:
        return referenced(schema)
    for alternatives in ("oneOf", "allOf", "anyOf"):
        if alternatives in schema:
            return " | ".join(_type(each) for each in schema[alternatives])
    if not schema:
        return "object"
    if "enum" in schema:
        return f"Literal[{', '.join(map(repr, schema['enum']))}]".replace("'", '"')
    kinds = schema.get("type", "object")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return " | ".join(_plain(kind, schema) for kind in kinds)


def _plain(kind: str, schema: Node) -> str:
    if kind == "null":
        return "None"
    if kind == "array":
        items = schema.get("items")
        return f"list[{_type(items) if items else 'object'}]"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"dict[str, {_type(values) if isinstance(values, dict) else 'object'}]"
    return SCALARS[kind]


if __name__ == "__main__":
    for file, text in sources().items():
        file.write_text(text)
