"""Text as a record keeps it: trimmed, NFC-normalized, and visible."""

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.deconstruct import deconstructible


def normalized(value: str) -> str:
    """Trimmed and in Unicode normalization form C (UAX #15)."""
    return unicodedata.normalize("NFC", value.strip())


def visible(value: str) -> bool:
    """Whether one character can be seen: not a space, control or format character."""
    return any(unicodedata.category(character)[0] not in "ZC" for character in value)


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
        text = super().to_python(value)
        if not isinstance(text, str):
            return text
        text = normalized(text)
        return None if self.null and not text else text

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
