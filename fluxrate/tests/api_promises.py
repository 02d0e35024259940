"""What openapi.yaml promises to its callers, one line each.

A change breaks callers if a line disappears: an operation, a parameter, a member or a
value of an enum is gone, has another type, or was optional and is required now. Lines
may be added. Errors have one form, so only their codes are promised. `make promises`
stores the lines of a release in `api_promises.txt`.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import yaml

Node: TypeAlias = dict[str, Any]
CHECKOUT = Path(__file__).resolve().parents[2]
DOCUMENT = CHECKOUT / "openapi.yaml"
STORED = Path(__file__).with_name("api_promises.txt")
BOUNDS = ("maxLength", "maximum", "maxItems", "maxProperties", "pattern", "format")
TYPES = ("$ref", "const", "type", *BOUNDS, "additionalProperties")


def promises(document: Node) -> set[str]:
    return {
        *(line for path in document["paths"] for line in _path(document, path)),
        *_components(document["components"]),
    }


def subjects(lines: set[str]) -> set[str]:
    """What the lines are about: `GET /customers`, `Customer.phone`, `Role`."""
    return {line.partition(": ")[0] for line in lines}


def _path(document: Node, path: str) -> Iterator[str]:
    for method, operation in document["paths"][path].items():
        name = f"{method.upper()} {path.removeprefix('/api/v1')}"
        yield f"{name}: is {operation['operationId']}"
        for requirement in operation["security"]:
            yield f"{name}: accepts {' and '.join(requirement)}"
        for parameter in operation.get("parameters", []):
            yield from _parameter(name, _resolved(document, parameter))
        yield from _body(name, operation.get("requestBody"))
        for status, response in operation["responses"].items():
            if status < "4":
                yield from _response(name, status, response)


def _parameter(operation: str, parameter: Node) -> Iterator[str]:
    name = f"{parameter['in']} {parameter['name']}"
    yield f"{operation}: accepts {name}, {_type(parameter['schema'])}"
    if not parameter.get("required"):
        yield f"{operation}: needs no {name}"


def _body(operation: str, body: Node | None) -> Iterator[str]:
    for media_type, content in (body or {}).get("content", {}).items():
        yield f"{operation}: accepts {media_type}, {_type(content['schema'])}"
    if not (body or {}).get("required"):
        yield f"{operation}: needs no body"


def _response(operation: str, status: str, response: Node) -> Iterator[str]:
    yield f"{operation}: answers {status}"
    for header in response.get("headers", {}):
        yield f"{operation}: answers {status} with {header}"
    for media_type, content in response.get("content", {}).items():
        schema = _type(content["schema"])
        yield f"{operation}: answers {status} with {media_type}, {schema}"


def _components(components: Node) -> Iterator[str]:
    for name, schema in components["schemas"].items():
        is_body = name.endswith("Request")
        for value in schema.get("enum", schema.get("x-extensible-enum", ())):
            yield f"{name}: has {value}"
        for member, shape in schema.get("properties", {}).items():
            yield f"{name}.{member}: is {_type(shape)}"
            if (member in schema.get("required", ())) != is_body:
                yield f"{name}.{member}: {'may be absent' if is_body else 'is present'}"


def _type(schema: Node) -> str:
    """A schema in one line, without its texts."""
    parts = [f"{name} {schema[name]}" for name in TYPES if name in schema]
    if "items" in schema:
        parts.append(f"of {_type(schema['items'])}")
    parts += [_type(each) for each in schema.get("allOf", ())]
    if alternatives := [_type(each) for each in schema.get("oneOf", ())]:
        parts.append(" or ".join(alternatives))
    for name, shape in sorted(schema.get("properties", {}).items()):
        parts.append(f"with {name} ({_type(shape)})")
    text = ", ".join(parts) or "anything"
    return re.sub(r"\$ref #/components/schemas/|type (?=\w)", "", text)


def _resolved(document: Node, node: Node) -> Node:
    """The component that a reference names."""
    if "$ref" not in node:
        return node
    kind, name = node["$ref"].removeprefix("#/components/").split("/")
    component: Node = document["components"][kind][name]
    return component


def current() -> set[str]:
    return promises(yaml.load(DOCUMENT.read_text(), yaml.CSafeLoader))


def stored() -> set[str]:
    return set(STORED.read_text().splitlines())


def main() -> int:
    STORED.write_text("\n".join(sorted(current())) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
