"""People and companies with plausible names."""

import random
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from .regions import REGIONS, Region

Item = TypeVar("Item")

TRADES = [
    "Bakery",
    "Bikes",
    "Books",
    "Cargo",
    "Ceramics",
    "Cloud",
    "Coffee",
    "Design",
    "Dental",
    "Energy",
    "Farms",
    "Films",
    "Foods",
    "Games",
    "Garden",
    "Glass",
    "Health",
    "Hotels",
    "Labs",
    "Legal",
    "Logistics",
    "Marine",
    "Media",
    "Mobility",
    "Motors",
    "Music",
    "Optics",
    "Paper",
    "Pharma",
    "Prints",
    "Robotics",
    "Software",
    "Solar",
    "Sports",
    "Studio",
    "Systems",
    "Textiles",
    "Tools",
    "Toys",
    "Travel",
    "Water",
    "Wines",
]
DOMAINS = [
    "example.com",
    "example.com",
    "example.org",
    "example.net",
    "mail.example.com",
    "post.example.org",
    "inbox.example.net",
]
# Characters that NFKD does not decompose; the last is the dotless i.
TRANSLITERATION = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "\u0131": "i"}
)
# Shares: of family names made of two parts, and of companies.
COMPOUND, COMPANY = 0.2, 0.22


@dataclass(frozen=True, slots=True)
class Person:
    region: Region
    name: str
    address_part: str


def ascii_word(text: str) -> str:
    """The text in the characters of an email address."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(TRANSLITERATION))
    return "".join(char for char in plain if char.isascii() and char.isalnum())


@cache
def _spellings(name: str) -> tuple[str, str]:
    """A name as it is written, and as in an email address."""
    written, _, roman = name.partition("/")
    return written, ascii_word(roman or written)


class PeopleGenerator:
    """Random people and companies; the same seed draws the same ones."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a demonstration, no secret
        self.regions = [region for region in REGIONS for _ in range(region.weight)]

    def choice(self, items: list[Item]) -> Item:
        return items[int(self.random.random() * len(items))]

    def skewed_choice(self, items: list[Item]) -> Item:
        """One of the items, the first ones more often."""
        return items[int(self.random.random() ** 1.7 * len(items))]

    def digits(self, pattern: str) -> str:
        """The pattern with a digit for each #."""
        pieces = pattern.split("#")
        drawn = f"{self.random.getrandbits(52):016d}"[-len(pieces) + 1 :]
        if len(pieces) == 1:
            return pattern
        return "".join(a + b for a, b in zip(pieces, [*drawn, ""], strict=True))

    def family(self, region: Region) -> str:
        if region.starts and self.random.random() < COMPOUND:
            return self.choice(region.starts) + self.choice(region.ends)
        return self.skewed_choice(region.lasts)

    def person(self) -> Person:
        region = self.choice(self.regions)
        last, mail_last = _spellings(self.family(region))
        if self.random.random() < COMPANY:
            trade = self.choice(TRADES)
            name = f"{last} {trade} {region.company}"
            return Person(region, name, f"{trade.lower()}.{mail_last}")
        first, mail_first = _spellings(self.skewed_choice(region.firsts))
        parts = (last, first) if region.family_first else (first, last)
        return Person(region, " ".join(parts), f"{mail_first}.{mail_last}")
