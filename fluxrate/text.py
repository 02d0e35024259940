"""Text as a record keeps it: trimmed, NFC-normalized, and visible."""

import re
import unicodedata
from itertools import groupby
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.deconstruct import deconstructible

from .invisible import IGNORABLE

# What belongs to the visible character before it, though it is ignorable: a variation
# selector (of an emoji, of a Han or Mongolian letter), and the tags of a flag.
_TAIL = re.compile(
    "[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
    "|(?<=\U0001f3f4)[\U000e0020-\U000e007f]+"
)


# Characters that unicodedata orders in a few milliseconds, however they are mixed.
_SHORT = 1_000


def in_form(form: Literal["NFC", "NFKC", "NFKD"], value: str) -> str:
    """`value` in a Unicode normalization form, in time that grows nearly as it does.

    unicodedata orders the marks of a letter by insertion, in quadratic time and with
    the interpreter's lock: a body of marks would hold a process for half an hour.
    """
    if len(value) > _SHORT:
        value = "".join(_in_order("NFKD" if "K" in form else "NFD", value))
    return unicodedata.normalize(form, value)


def _in_order(form: Literal["NFD", "NFKD"], value: str) -> list[str]:
    """Decomposed, and each run of marks in canonical order (UAX #15, D109)."""
    letters = "".join(unicodedata.normalize(form, each) for each in value)
    ordered: list[str] = []
    # What is no mark has the class 0, and stays as it is.
    for _, run in groupby(letters, lambda each: unicodedata.combining(each) > 0):
        ordered += sorted(run, key=unicodedata.combining)
    return ordered


def normalized(value: str) -> str:
    """Trimmed of what nobody sees, and in Unicode normalization form C (UAX #15)."""
    if value.isascii():
        return value.strip()
    return in_form("NFC", _trimmed(value))


def _trimmed(value: str) -> str:
    """Without white space and ignorable characters at its ends."""
    start, end = 0, len(value)
    while start < end and _is_blank(value[start]):
        start += 1
    while end > start and _is_blank(value[end - 1]):
        end -= 1
    tail = _TAIL.match(value, end) if end > start else None
    return value[start : tail.end() if tail else end]


def _is_blank(character: str) -> bool:
    return character.isspace() or character in IGNORABLE


def visible(value: str) -> bool:
    """Whether one character can be seen: no space, control or format character, and
    none that is drawn as nothing.
    """
    return any(
        unicodedata.category(character)[0] not in "ZC" and character not in IGNORABLE
        for character in value
    )


def folded(email: str) -> str:
    """An email as logins compare it, and keep it: normalized, in small letters."""
    return in_form("NFC", normalized(email).lower())


def opaque(password: str) -> str:
    """A password as it is hashed, on whatever keyboard it was typed (RFC 8265).

    In NFC, and with SPACE for every other space; nothing is trimmed.
    """
    spaced = "".join(
        " " if unicodedata.category(each) == "Zs" else each for each in password
    )
    return in_form("NFC", spaced)


@deconstructible
class OneLine:
    """Refuses what a line of text cannot hold: control characters and surrogates."""

    def __call__(self, value: str) -> None:
        for character in value:
            if unicodedata.category(character) in {"Cc", "Cs"}:
                raise ValidationError(
                    f"Control character U+{ord(character):04X} is not allowed.",
                    code="control_character",
                )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OneLine)

    def __hash__(self) -> int:
        return hash(OneLine)


@deconstructible
class Visible:
    """Refuses text in which nothing can be seen."""

    def __call__(self, value: str) -> None:
        if not visible(value):
            raise ValidationError(
                "At least one visible character is needed.", code="blank"
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Visible)

    def __hash__(self) -> int:
        return hash(Visible)


LONGEST_REASON = 500


def reason_text(value: str) -> str:
    """Why something is changed, as history keeps it: one line, trimmed and in NFC."""
    text = normalized(value)
    OneLine()(text)
    if len(text) > LONGEST_REASON:
        raise ValidationError(
            f"A reason has at most {LONGEST_REASON} characters; this has {len(text)}.",
            code="max_length",
        )
    return text


class LineField(models.CharField):
    """One line of text. Kept trimmed and in NFC; an empty optional one is null."""

    default_validators = [OneLine(), Visible()]

    def to_python(self, value: Any) -> Any:
        return _stored(self, super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        """A blank is compared as the empty text, which no row holds: as null, it would
        find every row without a value.
        """
        prepared = super().get_prep_value(value)
        return "" if prepared is None and isinstance(value, str) else prepared

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """A blank optional text is written as null."""
        prepared = super().get_db_prep_save(value, connection)
        blank = self.null and isinstance(prepared, str) and not prepared
        return None if blank else prepared


class TextField(models.TextField):
    """Lines of text. Kept trimmed and in NFC; an empty optional text is null."""

    def to_python(self, value: Any) -> Any:
        return _stored(self, super().to_python(value))


def _stored(field: "models.Field[Any, Any]", value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = normalized(value)
    return None if field.null and not text else text
