"""Names, streets and phone numbers of some countries."""

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Region:
    """`weight` is the country's share of all customers. A name beyond ASCII is followed
    by its romanization: `山田/Yamada`.

    `cities` are triples of city, state and postal code; in postal codes and phones each
    # is a digit. A start and an end together make a rarer family name.
    """

    country: str
    weight: int
    firsts: list[str]
    lasts: list[str]
    cities: list[list[str]]
    streets: list[str]
    phone: str
    company: str
    starts: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    number_first: bool = False
    family_first: bool = False


REGIONS = [
    Region(**fields)
    for fields in json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
]
