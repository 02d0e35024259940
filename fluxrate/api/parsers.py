"""Strict JSON (RFC 8259): unique keys, no NaN, no NUL, no lone surrogates."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from .parameters import quoted

MAX_DEPTH = 20
MAX_DIGITS = 40
# A byte order mark, which a reader may ignore (RFC 8259, 8.1).
BOM = b"\xef\xbb\xbf"


class MalformedJSON(ParseError):
    default_code = "malformed_json"


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members: dict[str, object] = {}
    for key, value in pairs:
        if key in members:
            raise MalformedJSON(f"The key {quoted(key)} appears twice in one object.")
        members[key] = value
    return members


def _constant(name: str) -> NoReturn:
    raise MalformedJSON(f"{name} is not JSON.")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise MalformedJSON(f"A number has over {MAX_DIGITS} digits.")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise MalformedJSON(f"The number {quoted(digits)} is too large.")
    return number


def _inspect(value: object, depth: int = 1) -> None:
    """Refuse NUL, lone surrogates and deep nesting anywhere in the document."""
    match value:
        case str():
            _inspect_text(value)
        case dict() | list():
            if depth > MAX_DEPTH:
                raise MalformedJSON(f"Nested deeper than {MAX_DEPTH} levels.")
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


def parse(body: bytes) -> object:
    """The JSON document in `body`, or MalformedJSON."""
    try:
        document: object = json.loads(
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
        raise MalformedJSON(f"Nested deeper than {MAX_DEPTH} levels.") from None
    _inspect(document)
    return document


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, object] | None = None,
    ) -> Any:
        """The document; an empty body is an object without members."""
        body = stream.read()
        return parse(body) if body.removeprefix(BOM).strip() else {}
