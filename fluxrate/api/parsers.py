"""One strict reading of JSON: what is ambiguous is refused, never guessed."""

import json
import math
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from .parameters import shown

DEEPEST = 20
# A byte order mark, which a reader may ignore (RFC 8259, 8.1).
BOM = b"\xef\xbb\xbf"


class MalformedJSON(ParseError):
    default_code = "malformed_json"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise MalformedJSON(f"The key {shown(key)} stands twice in one object.")
        found[key] = value
    return found


def _constant(name: str) -> Any:
    raise MalformedJSON(f"{name} is not JSON.")


def _integer(digits: str) -> int:
    if len(digits) > 40:
        raise MalformedJSON("A number has over 40 digits.")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise MalformedJSON(f"The number {shown(digits)} is too large.")
    return number


def _inspect(value: Any, depth: int = 1) -> None:
    """Refuse NUL, lone surrogates and deep nesting anywhere in the document."""
    match value:
        case str():
            _inspect_text(value)
        case dict() | list():
            if depth > DEEPEST:
                raise MalformedJSON(f"Nested deeper than {DEEPEST} levels.")
            if isinstance(value, dict):
                for key in value:
                    _inspect_text(key)
                value = list(value.values())
            for item in value:
                _inspect(item, depth + 1)


def _inspect_text(text: str) -> None:
    if "\0" in text:
        raise MalformedJSON("A NUL character (U+0000) cannot be stored.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MalformedJSON("A lone surrogate is not a character.") from None


def parse(body: bytes) -> Any:
    """The document that `body` holds (RFC 8259, with unique keys), or MalformedJSON."""
    try:
        document = json.loads(
            body.removeprefix(BOM).decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_fraction,
        )
    except UnicodeDecodeError as error:
        raise MalformedJSON(f"Not UTF-8 at byte {error.start}.") from None
    except json.JSONDecodeError as error:
        raise MalformedJSON(
            f"Not JSON at line {error.lineno}, column {error.colno}: {error.msg}."
        ) from None
    except RecursionError:
        raise MalformedJSON(f"Nested deeper than {DEEPEST} levels.") from None
    _inspect(document)
    return document


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: Any = None, parser_context: Any = None
    ) -> Any:
        """The parsed body; an empty one counts as no members."""
        body = stream.read()
        return parse(body) if body.removeprefix(BOM).strip() else {}
