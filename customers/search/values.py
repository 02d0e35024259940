"""The values of a search, and the shape on which the text of its statement depends.

Searches of one shape have one text: PostgreSQL plans it once for each connection.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from .normalization import SORTED_CHARACTERS
from .parameters import Parameter
from .terms import Terms, alternatives, field_key, is_short, phone_suffix_key

# A connection keeps some 400 kB for each shape that it prepares: texts of more words
# have shapes of their own.
MAX_PREPARED_WORDS, MAX_PREPARED_TYPOS = 3, 1


class Shape(NamedTuple):
    """What the text of a statement depends on, beside the rows."""

    is_global: bool
    is_narrowed: bool
    # The number of patterns of each term, of sets of keys, and of optional words.
    patterns: tuple[int, ...]
    keys: int
    optional: int
    has_ids: bool
    has_digits: bool
    has_national: bool
    # Of a search over all organizations.
    is_code: bool
    # Whether a term matches only beginnings of words.
    begins_words: bool


class TypoShape(NamedTuple):
    """The same of the part that tolerates typos."""

    patterns: tuple[int, ...] = ()
    keys: int = 0
    expressions: int = 0


def is_usual(shape: Shape, typo_shape: TypoShape) -> bool:
    """Whether one plan serves many searches. The plan of filters is that of their
    values.
    """
    return (
        not shape.is_narrowed
        and not shape.optional
        and len(shape.patterns) <= MAX_PREPARED_WORDS
        and len(typo_shape.patterns) <= MAX_PREPARED_TYPOS
    )


class Values:
    """The values of a search; an attribute is computed when a statement needs it."""

    def __init__(
        self,
        terms: Terms,
        organization_id: uuid.UUID | None,
        rows: Mapping[str, object],
    ) -> None:
        self.terms, self.organization_id = terms, organization_id
        # The values of the queryset's own parameters, by their names.
        self.rows = rows

    def shape(self, *, is_narrowed: bool) -> Shape:
        terms = self.terms
        return Shape(
            is_global=self.organization_id is None,
            is_narrowed=is_narrowed,
            patterns=tuple(map(len, self.pattern)),
            keys=len(self.keys),
            optional=len(terms.optional),
            has_ids=terms.ids is not None,
            has_digits=bool(terms.digits),
            has_national=bool(terms.national),
            is_code=self.organization_id is None and terms.is_code,
            begins_words=all(map(is_short, terms.required)),
        )

    def typo_shape(self) -> TypoShape:
        if not self.typo_expression:
            return TypoShape()
        patterns = tuple(map(len, self.typo_pattern))
        return TypoShape(patterns, len(self.typo_keys), len(self.typo_expression))

    def bind(self, parameters: Iterable[Parameter]) -> dict[str, object]:
        """The value of each parameter, by its name."""
        return {
            parameter.name: self.rows[parameter.name]
            if parameter.name in self.rows
            else self._value(parameter)
            for parameter in parameters
        }

    def _value(self, parameter: Parameter) -> object:
        result = getattr(self, parameter.attribute)
        for index in parameter.path:
            result = result[index]
        return result

    @cached_property
    def pattern(self) -> list[list[str]]:
        return self.terms.patterns()

    @cached_property
    def keys(self) -> list[list[str]]:
        if self.organization_id is None:
            return self.terms.global_keys()
        return alternatives(self.pattern)

    @cached_property
    def typo_pattern(self) -> list[list[str]]:
        return self.terms.typo_patterns()

    @cached_property
    def typo_keys(self) -> list[list[str]]:
        if self.organization_id is None:
            return self.terms.global_typo_keys()
        return alternatives(self.typo_pattern)

    @cached_property
    def typo_expression(self) -> list[str]:
        return self.terms.typo_expressions()

    @property
    def ids(self) -> Sequence[uuid.UUID]:
        return self.terms.ids or ()

    @property
    def text(self) -> str:
        return self.terms.text

    @property
    def sorted_name(self) -> str:
        return self.terms.folded[:SORTED_CHARACTERS]

    @property
    def field_keys(self) -> list[str]:
        return [field_key(self.terms.folded)]

    @property
    def phone_keys(self) -> list[str]:
        return [phone_suffix_key(self.terms.digits)]

    @property
    def whole_phone(self) -> list[str]:
        """Patterns of the phones that are the whole number."""
        return [f"%\n{self.terms.digits}", f"%\n{self.terms.national}"]

    @cached_property
    def fields(self) -> list[str]:
        """A field that begins with the text, and one that is the text."""
        return [f"\n{self.terms.folded}", f"\n{self.terms.folded}\n"]

    @property
    def name_words(self) -> str:
        """A name that begins with the text, as words."""
        return f"\n{self.terms.folded} "

    @cached_property
    def word_beginnings(self) -> list[str]:
        return [f" {term}" for term in self.terms.required]

    @cached_property
    def whole_words(self) -> list[str]:
        return [f" {term} " for term in self.terms.required]

    @property
    def optional_words(self) -> list[str]:
        return self.terms.optional
