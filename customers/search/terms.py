"""The terms of a search, and the parts of a customer that they match."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import everywhere, phones, typos
from .folding import fold, folded_with_places, leading_unspaced, words
from .pasted import Pasted, pasted

# Words that must match, and characters: no field has more.
MOST_TERMS, LONGEST = 5, 255
FIELDS = ["name", "email", "external_id", "phone"]


def literally(text: str) -> str:
    """The text as a LIKE pattern in which no letter has a meaning."""
    return re.sub(r"([\\%_])", r"\\\1", text)


@dataclass(frozen=True)
class Terms:
    """Terms, all of which must match, in any order; folded as the index is."""

    given: str

    @cached_property
    def _pasted(self) -> Pasted:
        return pasted(self.given)

    @property
    def text(self) -> str:
        return self._pasted.text

    @property
    def ids(self) -> tuple[uuid.UUID, uuid.UUID] | None:
        """The first and the last of the ids that the text names."""
        return self._pasted.ids

    @cached_property
    def query(self) -> str:
        """The whole text, folded, with single spaces."""
        return " ".join(fold(self.text).split())

    @cached_property
    def terms(self) -> list[str]:
        """The first words, or a phone; none in a text of accents alone."""
        return [self.query] if self.digits else self.query.split()[:MOST_TERMS]

    @property
    def is_searchable(self) -> bool:
        return bool(self.terms) and len(self.text) <= LONGEST

    @cached_property
    def further(self) -> list[str]:
        """Words that need not match; whoever has them comes first among equals."""
        if self.digits:
            return []
        return words(" ".join(self.query.split()[MOST_TERMS:]))[:MOST_TERMS]

    @cached_property
    def digits(self) -> str:
        """The digits of a telephone number, without the zeros that dialling adds."""
        return phones.digits_of(self.query)

    @cached_property
    def national(self) -> str:
        """The digits of the same number, as it may be kept within its country."""
        return phones.national(self.query)

    @cached_property
    def is_code(self) -> bool:
        """Whether the text is one of a kind, as an address and an external id are."""
        return len(self.terms) == 1 and bool(re.search(r"\d|.@.", self.query))

    def patterns(self) -> list[list[str]]:
        """For each term, LIKE patterns of which one must fit."""
        return [self._patterns(term) for term in self.terms]

    def _patterns(self, term: str) -> list[str]:
        if self.digits:
            national = [f"%\n{self.national}"] if self.national else []
            return [f"%{literally(term)}%", f"%{self.digits}%", *national]
        if _is_short(term):
            return [f"% {term}%"]
        return [f"%{literally(term)}%"]

    def keys_everywhere(self) -> list[list[str]]:
        """Alternatives: every row that matches, by the beginnings of its words, has all
        keys of one of them. None where no key helps.
        """
        keys = sorted(
            {key for term in self.terms for key in everywhere.beginnings(term)}
        )
        found = [keys] if keys else []
        return (
            [*found, [everywhere.end_of_phone(self.digits)]] if self.digits else found
        )

    def nearly_everywhere(self) -> list[list[str]]:
        """For each word, keys of which a row with it, a typo forgiven, has one."""
        return [
            everywhere.nearly(word) if typos.forgivable(word) else keys
            for word in words(self.query)
            if typos.forgivable(word) or (keys := everywhere.beginnings(word))
        ]

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
        parts = {"id": self._part_of_id(customer.pk)} | {
            field: self._part(field, text)
            for field in FIELDS
            if (text := getattr(customer, field))
        }
        if not any(parts.values()):
            # Letters of two fields that stand side by side.
            parts = {"name": customer.name}
        return [{"field": field, "text": part} for field, part in parts.items() if part]

    def _part_of_id(self, pk: uuid.UUID) -> str:
        if self.ids is None or not self.ids[0] <= pk <= self.ids[1]:
            return ""
        return str(pk) if self.ids[0] == self.ids[1] else self.text

    def _part(self, field: str, text: str) -> str:
        folded, places = folded_with_places(text)
        if field == "phone" and self.digits and self.query not in folded:
            return phones.part_with_digits(text, self.digits, self.national)
        spans = [span for term in self.terms for span in _spans(term, folded)]
        if not spans:
            folded, places = _without_apostrophes(folded, places)
            spans = [span for term in self.terms for span in _spans(term, folded)]
        if not spans:
            return ""
        begin, end = min(spans)[0], max(end for _, end in spans)
        return text[places[begin] : places[end - 1] + 1]


def _is_short(term: str) -> bool:
    """Whether a term, shorter than a trigram, finds the beginnings of words."""
    return len(term) < 3 and words(term) == [term]


def _spans(term: str, folded: str) -> Iterator[tuple[int, int]]:
    """Where a term stands in the text; else a word of it, a typo forgiven."""
    begins = _is_short(term) and not leading_unspaced(term)
    pattern = rf"(?<![^\W_]){re.escape(term)}" if begins else re.escape(term)
    if match := re.search(pattern, folded):
        yield match.span()
        return
    for word in filter(typos.forgivable, words(term)):
        near = "|".join(typos.edits(word, "."))
        if match := re.search(rf"(?<![^\W_])(?:{near})(?![^\W_])", folded):
            yield match.span()


def _without_apostrophes(folded: str, places: list[int]) -> tuple[str, list[int]]:
    rest = [at for at, letter in enumerate(folded) if letter != "'"]
    return "".join(folded[at] for at in rest), [places[at] for at in rest]
