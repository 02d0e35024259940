"""What a search asks for, and what of a customer it matches."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import typos
from .folding import fold, folded_with_places, words
from .keys import arms

# Words, and characters of all of them: no field has more.
MOST_TERMS, LONGEST = 5, 255
FIELDS = ["name", "email", "external_id", "phone"]
_PHONE = re.compile(r"\+?[\d\s()./-]{4,}")


def literally(text: str) -> str:
    """The text as a LIKE pattern in which no letter has a meaning."""
    return re.sub(r"([\\%_])", r"\\\1", text)


@dataclass(frozen=True)
class Search:
    """Terms, all of which must match, in any order; folded as the index is."""

    text: str

    @cached_property
    def query(self) -> str:
        """The whole text, folded, with single spaces."""
        return " ".join(fold(self.text).split())

    @cached_property
    def terms(self) -> list[str]:
        """None in a text of accents alone, which folding takes away."""
        return [self.query] if self.digits else self.query.split()

    @cached_property
    def digits(self) -> str:
        """The digits of a telephone number, without the zeros that dialling adds."""
        if not _PHONE.fullmatch(self.query):
            return ""
        found = re.sub(r"\D", "", self.query).lstrip("0")
        return found if len(found) >= 4 else ""

    @cached_property
    def id(self) -> uuid.UUID | None:
        """The id that the text is, if it is one."""
        try:
            return uuid.UUID(self.text) if len(self.text) == 36 else None
        except ValueError:
            return None

    @cached_property
    def is_indexed(self) -> bool:
        """Whether the terms have keys, without which no index helps."""
        return bool(arms(self.patterns()))

    def patterns(self) -> list[list[str]]:
        """For each term, LIKE patterns of which one must fit."""
        return [self._patterns(term) for term in self.terms]

    def _patterns(self, term: str) -> list[str]:
        if self.digits:
            return [f"%{literally(term)}%", f"%{self.digits}%"]
        if len(term) < 3 and words(term) == [term]:
            # Shorter than a trigram: the beginning of a word.
            return [f"% {term}%"]
        return [f"%{literally(term)}%"]

    def forgiving(self) -> list[list[str]]:
        """For each word, LIKE patterns of which one must fit, a typo forgiven."""
        return [
            [f"%{word}%", *typos.candidates(word)]
            if typos.forgivable(word)
            else [f"% {word}%"]
            for word in words(self.query)
        ]

    def expressions(self) -> list[str]:
        """What a text must match beside `forgiving`, as regular expressions; none where
        no typo is forgiven.
        """
        if len(words(self.query)) > MOST_TERMS:
            return []
        return [
            f"{word}|{typos.expression(word)}"
            for word in words(self.query)
            if typos.forgivable(word)
        ]

    def matched_on(self, customer: Any) -> list[dict[str, str]]:
        """The fields that matched, each with the part of it that did."""
        found = [{"field": "id", "text": self.text}] if self.id == customer.pk else []
        for field in FIELDS:
            text = getattr(customer, field)
            if text and (part := self._part(field, text)):
                found.append({"field": field, "text": part})
        return found

    def _part(self, field: str, text: str) -> str:
        folded, places = folded_with_places(text)
        if field == "phone" and self.digits and self.query not in folded:
            return _part_with_digits(text, self.digits)
        spans = [span for term in self.terms for span in self._spans(term, folded)]
        if not spans:
            return ""
        begin, end = min(spans)[0], max(end for _, end in spans)
        return text[places[begin] : places[end - 1] + 1]

    def _spans(self, term: str, folded: str) -> Iterator[tuple[int, int]]:
        """Where a term stands in the text; else a word of it, a typo forgiven."""
        short = len(term) < 3
        pattern = rf"(?<![^\W_]){re.escape(term)}" if short else re.escape(term)
        if match := re.search(pattern, folded):
            yield match.span()
            return
        for word in filter(typos.forgivable, words(term)):
            near = "|".join(typos.edits(word, "."))
            if match := re.search(rf"(?<![^\W_])(?:{near})(?![^\W_])", folded):
                yield match.span()


def _part_with_digits(text: str, digits: str) -> str:
    match = re.search(r"\D*".join(digits), text)
    return match[0] if match else ""
