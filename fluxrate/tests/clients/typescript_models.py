"""Writes the types of the TypeScript client from openapi.yaml: `make models`."""

import json
from collections.abc import Container, Iterator

from fluxrate.tests.live_site import CHECKOUT

from .components import Node, components, document, queries, referenced, references

MODELS = CHECKOUT / "clients" / "typescript" / "src" / "models.ts"
SCALARS = {name: name for name in ("string", "boolean", "null", "number")}
SCALARS["integer"] = "number"
HEAD = """\
// The objects of the API. Written from openapi.yaml; do not edit.

export interface PageMeta {
  page: number | null;
  page_size: number;
  total: number;
  total_pages: number;
  /** The URL of the next page; null on the last page. */
  next: string | null;
}

export interface Page<Item> {
  data: Item[];
  meta: PageMeta;
}
"""


def source() -> str:
    """The text of models.ts."""
    event = document()["components"]["schemas"]["Event"]["properties"]
    data = event["data"]["x-data-by-object-type"]
    lists = queries()
    more = dict.fromkeys([*references(data), *references(lists)])
    schemas = components("ErrorCode", "CurrentCaller", *more)
    texts = [_declaration(name, schema) for name, schema in schemas.items()]
    texts.append(_interface("EventData", data, required=data, about="By object_type."))
    for name, members in lists.items():
        about = f"The query of {name.removesuffix('Query').lower()}."
        parameters = {each: _parameter(members[each]) for each in members}
        texts.append(_interface(name, parameters, about=about))
    return "\n".join([HEAD, *texts])


def _parameter(schema: Node) -> Node:
    """A list may be one value; pairs may be an object, too."""
    if schema["type"] != "array":
        return schema
    is_map = "key:value" in schema["description"]
    pairs = {"type": "object", "additionalProperties": {"type": "string"}}
    return schema | {"oneOf": [schema["items"], schema, *[pairs] * is_map]}


def _declaration(name: str, schema: Node) -> str:
    about = schema.get("description", "")
    if "properties" not in schema:
        return f"{_comment(about)}export type {name} = {_type(schema)};\n"
    required = schema.get("required", ())
    return _interface(name, schema["properties"], required=required, about=about)


def _interface(
    name: str, members: Node, *, about: str, required: Container[str] = ()
) -> str:
    lines = [f"{_comment(about)}export interface {name} {{"]
    lines += _members(members, required, "  ")
    return "\n".join([*lines, "}\n"])


def _members(members: Node, required: Container[str], indent: str) -> Iterator[str]:
    for member, shape in members.items():
        if comment := _comment(shape.get("description", "")):
            yield indent + comment.rstrip()
        mark = "" if member in required else "?"
        yield f"{indent}{member}{mark}: {_type(shape)};"


def _comment(text: str) -> str:
    return f"/** {' '.join(text.split())} */\n" if text else ""


def _type(schema: Node) -> str:
    if "$ref" in schema:
        return referenced(schema)
    for alternatives in ("oneOf", "allOf", "anyOf"):
        if alternatives in schema:
            return " | ".join(_type(each) for each in schema[alternatives])
    if "enum" in schema:
        return " | ".join(map(json.dumps, schema["enum"]))
    if "x-extensible-enum" in schema:
        known = " | ".join(map(json.dumps, schema["x-extensible-enum"]))
        return f"{known} | (string & {{}})"
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return " | ".join(_plain(kind, schema) for kind in kinds) or "unknown"


def _plain(kind: str, schema: Node) -> str:
    if kind == "array":
        item = _type(schema.get("items", {}))
        if schema.get("minItems") == schema.get("maxItems") == 2:
            return f"[{item}, {item}]"
        return f"({item})[]" if " | " in item else f"{item}[]"
    if kind == "object" and "properties" in schema:
        members = _members(schema["properties"], schema.get("required", ()), "")
        return "{ " + " ".join(line for line in members if "/**" not in line) + " }"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"Record<string, {_type(values if isinstance(values, dict) else {})}>"
    return SCALARS[kind]


if __name__ == "__main__":
    MODELS.write_text(source())
