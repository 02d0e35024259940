"""JSON with PostgreSQL's numbers, which may be larger than Python's."""

import json
import math
from typing import Any

_INT64 = range(-(2**63), 2**63)


class Decoder(json.JSONDecoder):
    """Leaves a number as text if Python or readers of JSON cannot hold it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": _decimal, "parse_int": _integer})


def _decimal(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _integer(text: str) -> int | str:
    """The API writes 64 bits at most; Python reads at most 4,300 digits."""
    if len(text) < 19:
        return int(text)
    if len(text) > 20:
        return text
    number = int(text)
    return number if number in _INT64 else text
