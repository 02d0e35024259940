"""Writes the models of the Python client from openapi.yaml: `make models`."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import yaml

from fluxrate.tests.live_site import CHECKOUT

Node: TypeAlias = dict[str, Any]
MODELS = CHECKOUT / "clients" / "python" / "fluxrate_client" / "models.py"
SCHEMAS = "#/components/schemas/"
# The components to begin with, and their names in the client.
NAMES = {
    "Customer": "Customer",
    "Plan": "Plan",
    "Subscription": "Subscription",
    "Event": "Event",
    "FieldError": "FieldError",
    "CustomerRequest": "NewCustomer",
    "PatchedCustomerRequest": "CustomerFields",
    "PlanRequest": "NewPlan",
    "PatchedPlanRequest": "PlanFields",
    "SubscriptionRequest": "NewSubscription",
}
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


def source() -> str:
    """The text of models.py."""
    document = yaml.load((CHECKOUT / "openapi.yaml").read_text(), yaml.CSafeLoader)
    schemas = document["components"]["schemas"]
    names, written = list(NAMES), set(NAMES)
    models = []
    for name in names:
        for reference in _references(schemas[name]):
            if reference not in written:
                written.add(reference)
                names.append(reference)
        models.append(_model(NAMES.get(name, name), schemas[name]))
    aliases = [model for model in models if "class " not in model]
    classes = [model for model in models if "class " in model]
    return "\n\n".join([HEAD, "".join(sorted(aliases)), *classes])


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "$ref":
                yield value.removeprefix(SCHEMAS)
            elif not name.startswith("x-"):
                yield from _references(value)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


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


def _type(schema: Node) -> str:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(SCHEMAS)
        return NAMES.get(name, name)
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
    MODELS.write_text(source())
