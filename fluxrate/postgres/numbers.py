"""JSON as PostgreSQL keeps it, whose numbers may be larger than Python's."""

import json
import math
from typing import Any

SIGNED = range(-(2**63), 2**63)


class Decoder(json.JSONDecoder):
    """A number that Python or JSON's readers cannot hold stays its text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": _decimal, "parse_int": _integer})


def _decimal(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _integer(text: str) -> int | str:
    """JSON is written with 64 bits at most; Python reads 4,300 digits at most."""
    if len(text) < 19:
        return int(text)
    if len(text) > 20:
        return text
    number = int(text)
    return number if number in SIGNED else text
