"""Telephone numbers, however they are written."""

import re

from .folding import folded_with_places

SHORTEST, SHORTEST_NATIONAL = 4, 6
_PHONE = re.compile(r"\+?[\d\s()./-]{4,}")
# A zero in brackets behind the country's digits: only who dials within it needs it.
_TRUNK = re.compile(r"^(.*[1-9].*)\(0+\)")
# Calling codes of one and two digits (ITU-T E.164); all others have three.
_CODES = re.compile(
    r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9]\d\d"
)


def digits_of(text: str) -> str:
    """The digits of a folded text that can be a phone, without zeros for dialling."""
    if not _PHONE.fullmatch(text):
        return ""
    digits = re.sub(r"\D", "", _TRUNK.sub(r"\1", text)).lstrip("0")
    return digits if len(digits) >= SHORTEST else ""


def national(text: str) -> str:
    """The digits behind the country's of an international number, else none."""
    digits = digits_of(text)
    code = _CODES.match(digits) if text.startswith(("+", "00")) else None
    rest = digits[code.end() :].lstrip("0") if code else ""
    return rest if len(rest) >= SHORTEST_NATIONAL else ""


def part_with_digits(text: str, *wanted: str) -> str:
    """The part of a phone that has the first of the wanted digits that it has."""
    folded, places = folded_with_places(text)
    trunk = _TRUNK.match(folded)
    skipped = range(trunk.end(1), trunk.end()) if trunk else range(0)
    marked = [
        (letter, places[at])
        for at, letter in enumerate(folded)
        if letter.isdigit() and at not in skipped
    ]
    digits = "".join(letter for letter, _ in marked)
    for each in filter(None, wanted):
        if (at := digits.find(each)) >= 0:
            return text[marked[at][1] : marked[at + len(each) - 1][1] + 1]
    return ""
