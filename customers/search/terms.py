"""The terms of a search: the patterns and index keys of its matches, typos included.

The index holds two kinds of keys of a row, both computed by SQL functions of the
migrations. Keys of an organization (`customer_search_keys`) are its trigrams, hashed,
so that the rows of other organizations cost a search nothing. Global keys
(`customer_search_everywhere`) serve a search over all organizations. A row has few of
them, so that writing it costs little more: whole fields (`=`), beginnings of words
(`^`), the end of its phone (`#`), and what a typo leaves of a word of its name (`~`).
"""

import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from django.db.models import Model

from .normalization import (
    IdRange,
    Query,
    fold,
    fold_with_offsets,
    leading_unspaced,
    national_digits,
    phone_digits,
    phone_part,
    unwrap,
    words,
)

# Words that must match; characters of a text, as many as the longest field has.
MAX_TERMS, MAX_LENGTH = 5, 255
FIELDS = ["name", "email", "external_id", "phone"]

# Texts for the wildcards of a pattern, one after the other. The trigrams that the
# pattern has with each of them are in every text that it matches. No folded text has
# the last one, so that no trigram is common by chance. If the database's ctype is C,
# the last one is not alphanumeric; the others always are. A third text
# also excludes two trigrams with the same hash in pg_trgm.
WILDCARD_FILLERS = ("x", "q", "\u00e9")
MAX_ALTERNATIVES = 64
_WILDCARD = re.compile(r"\\(.)|[%_]", re.DOTALL)
# Characters that make a trigram: three, or fewer where a word begins or ends.
_TRIGRAM = re.compile(
    r"[^\W_]{3}|(?:^|(?!\0)[\W_])[^\W_]|[^\W_]{2}(?:$|(?!\0)[\W_])", re.DOTALL
)

# The signs that separate words in every row.
_SEPARATOR = re.compile(r"""[\s\-_.,@+'"()/&%#:;!?*=|\\<>\[\]{}~^$`]+""")
WORD_PREFIX, NUMBER_PREFIX, PHONE_SUFFIX = 3, 5, 4

MIN_TYPO_LENGTH, MAX_TYPO_LENGTH = 4, 24
# Up to this length all edits of a word are looked up, then the half that is intact.
SHORT_WORD = 5


@dataclass(frozen=True)
class Terms:
    """The terms of a search text; all of them must match, in any order."""

    raw: str

    @cached_property
    def _query(self) -> Query:
        return unwrap(self.raw)

    @property
    def text(self) -> str:
        return self._query.text

    @property
    def ids(self) -> IdRange | None:
        """The first and the last of the ids that the text names."""
        return self._query.ids

    @cached_property
    def folded(self) -> str:
        """The whole text, folded, with single spaces."""
        return " ".join(fold(self.text).split())

    @cached_property
    def required(self) -> list[str]:
        """The first words, or a phone; none in a text of accents alone."""
        return [self.folded] if self.digits else self.folded.split()[:MAX_TERMS]

    @property
    def is_searchable(self) -> bool:
        return bool(self.required) and len(self.text) <= MAX_LENGTH

    @cached_property
    def optional(self) -> list[str]:
        """Further words: rows that have them come first among equals."""
        if self.digits:
            return []
        return words(" ".join(self.folded.split()[MAX_TERMS:]))[:MAX_TERMS]

    @cached_property
    def digits(self) -> str:
        """The digits of a phone number, without the zeros that dialling adds."""
        return phone_digits(self.folded)

    @cached_property
    def national(self) -> str:
        """The digits of the same number, as it may be stored within its country."""
        return national_digits(self.folded)

    @cached_property
    def is_code(self) -> bool:
        """Whether the text looks unique, like an address or an external id."""
        return len(self.required) == 1 and bool(re.search(r"\d|.@.", self.folded))

    def patterns(self) -> list[list[str]]:
        """For each term, LIKE patterns of which one must match."""
        return [self._patterns(term) for term in self.required]

    def _patterns(self, term: str) -> list[str]:
        if self.digits:
            national = [f"%\n{self.national}"] if self.national else []
            return [f"%{escape_like(term)}%", f"%{self.digits}%", *national]
        if is_short(term):
            return [f"% {term}%"]
        return [f"%{escape_like(term)}%"]

    def global_keys(self) -> list[list[str]]:
        """Alternatives: every row that matches has all keys of one of them.

        Words match by their beginnings. There is no alternative if no key helps.
        """
        keys = sorted({key for term in self.required for key in prefix_keys(term)})
        alternatives = [keys] if keys else []
        if self.digits:
            alternatives.append([phone_suffix_key(self.digits)])
        return alternatives

    def global_typo_keys(self) -> list[list[str]]:
        """For each word, keys of which a row with the word, or with a typo, has one."""
        return [
            typo_keys(word) if tolerates_typo(word) else keys
            for word in words(self.folded)
            if tolerates_typo(word) or (keys := prefix_keys(word))
        ]

    def typo_patterns(self) -> list[list[str]]:
        """For each word, LIKE patterns of which a row with a typo matches one.

        Of several words, combinations of their patterns are looked up, so they have
        fewer.
        """
        pieces = 4 if len(words(self.folded)) == 1 else 2
        return [
            [f"%{word}%", *edit_patterns(word, pieces)]
            if tolerates_typo(word)
            else [f"% {word}%"]
            for word in words(self.folded)
        ]

    def typo_expressions(self) -> list[str]:
        """Regular expressions that a match of `typo_patterns` must match, too; none if
        no typo is tolerated.
        """
        if len(words(self.folded)) > MAX_TERMS:
            return []
        return [
            f"{word}|{edit_expression(word)}"
            for word in words(self.folded)
            if tolerates_typo(word)
        ]

    def matched_on(self, row: Model) -> list[dict[str, str]]:
        """The fields that matched, each with the part of it that did."""
        parts = {"id": self._id_part(row.pk)} | {
            field: self._part(field, text)
            for field in FIELDS
            if (text := getattr(row, field))
        }
        if not any(parts.values()):
            # The characters are in two adjacent fields.
            parts = {"name": getattr(row, "name", "")}
        return [{"field": field, "text": part} for field, part in parts.items() if part]

    def _id_part(self, pk: uuid.UUID) -> str:
        if self.ids is None or not self.ids[0] <= pk <= self.ids[1]:
            return ""
        return str(pk) if self.ids[0] == self.ids[1] else self.text

    def _part(self, field: str, text: str) -> str:
        folded, offsets = fold_with_offsets(text)
        if field == "phone" and self.digits and self.folded not in folded:
            return phone_part(text, self.digits, self.national)
        spans = [span for term in self.required for span in _spans(term, folded)]
        if not spans and "'" in folded:
            folded, offsets = _without_apostrophes(folded, offsets)
            spans = [span for term in self.required for span in _spans(term, folded)]
        if not spans:
            return ""
        begin, end = min(spans)[0], max(end for _, end in spans)
        return text[offsets[begin] : offsets[end - 1] + 1]


def is_short(term: str) -> bool:
    """Whether a term, shorter than a trigram, matches only the beginnings of words."""
    return len(term) < 3 and words(term) == [term]


def _spans(term: str, folded: str) -> Iterator[tuple[int, int]]:
    """Where the text has a term; else where it has words of it with a typo."""
    if is_short(term) and not leading_unspaced(term):
        match = re.search(rf"(?<![^\W_]){re.escape(term)}", folded)
        if match:
            yield match.span()
        return
    start = folded.find(term)
    if start >= 0:
        yield start, start + len(term)
        return
    for word in filter(tolerates_typo, words(term)):
        if match := _near_match(word, folded):
            yield match.span()


def _near_match(word: str, folded: str) -> re.Match[str] | None:
    """A word one edit away, if a half of the word is intact at all."""
    half = len(word) // 2
    intact = (word[:half], word[half:], _exchanged(word)[half - 1])
    if not any(part in folded for part in intact):
        return None
    near = "|".join(edits(word, "."))
    return re.search(rf"(?<![^\W_])(?:{near})(?![^\W_])", folded)


def _without_apostrophes(folded: str, offsets: Sequence[int]) -> tuple[str, list[int]]:
    rest = [at for at, character in enumerate(folded) if character != "'"]
    return "".join(folded[at] for at in rest), [offsets[at] for at in rest]


def escape_like(text: str) -> str:
    """The text as a LIKE pattern without wildcards."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def fill_wildcards(pattern: str, filler: str) -> str:
    """A LIKE pattern as a text, with the filler for each wildcard."""
    return _WILDCARD.sub(lambda match: match[1] or filler, pattern)


def is_indexable(pattern: str) -> bool:
    """Whether all texts that match the LIKE pattern share a key."""
    return _TRIGRAM.search(fill_wildcards(pattern, "\0")) is not None


def alternatives(patterns: Iterable[list[str]]) -> list[list[str]]:
    """Arguments of `customer_search_terms`: for each alternative, a text per filler.

    Every row that matches one of each list of LIKE patterns has all keys of an
    alternative. There is none if no index helps. A list is left out if a pattern of it
    is not indexable, or if it makes too many alternatives: the rows must be compared
    with the patterns anyway.
    """
    combinations: list[list[str]] = [[]]
    for choices in sorted(patterns, key=len):
        count = len(combinations) * len(choices)
        if count <= MAX_ALTERNATIVES and all(map(is_indexable, choices)):
            combinations = [
                [*combination, choice]
                for combination in combinations
                for choice in choices
            ]
    return [
        [
            " ".join(fill_wildcards(pattern, filler) for pattern in combination)
            for filler in WILDCARD_FILLERS
        ]
        for combination in combinations
        if combination
    ]


def field_key(folded: str) -> str:
    """The global key of a field that is the folded text."""
    return f"={folded}"


def prefix_keys(folded: str) -> list[str]:
    """The global keys of every row whose words begin like the words of the text."""
    keys = (_prefix_key(word) for word in _SEPARATOR.split(folded) if word)
    return sorted({key for key in keys if key})


def phone_suffix_key(digits: str) -> str:
    return f"#{digits[-PHONE_SUFFIX:]}"


def typo_keys(word: str) -> list[str]:
    """Global keys of which every row has one whose name has a word one edit away, or
    whose words begin as this one does.
    """
    return sorted({*_edit_keys(word), *prefix_keys(word)})


def _prefix_key(word: str) -> str:
    if unspaced := leading_unspaced(word):
        # Each two adjacent characters are a word; the last one of a run is one alone.
        return f"^{unspaced[:2]}" if len(word) > 1 else ""
    # Many numbers begin alike.
    is_number = word[0].isdigit() and len(word) >= NUMBER_PREFIX
    prefix = word[: NUMBER_PREFIX if is_number else WORD_PREFIX]
    return f"^{prefix}" if len(prefix) >= WORD_PREFIX and prefix.isalnum() else ""


def _edit_keys(word: str) -> Iterator[str]:
    """What an edit may leave of a word: a half, or a short word without a character.

    An edit makes a word one character longer, shorter, or neither.
    """
    for size in range(len(word) - 1, len(word) + 2):
        if size <= SHORT_WORD:
            yield f"~{word}"
            yield from (f"~{word[:at]}{word[at + 1 :]}" for at in range(len(word)))
            continue
        half = size // 2
        middle = word[: half - 1] + word[half : half + 1]
        yield f"~{size}<{word[:half]}"
        yield f"~{size}<{middle}"
        yield f"~{size}>{word[half - size :]}"


def tolerates_typo(word: str) -> bool:
    """Numbers and short words match exactly, as do words longer than all names."""
    is_name = MIN_TYPO_LENGTH <= len(word) <= MAX_TYPO_LENGTH
    return is_name and not any(map(str.isdigit, word))


def edits(word: str, wildcard: str) -> list[str]:
    """Every word one edit away: a character added, removed, replaced, or two exchanged.

    `wildcard` stands for an unknown character.
    """
    positions = range(len(word))
    replaced = {word[:at] + wildcard + word[at + 1 :] for at in positions}
    removed = {word[:at] + word[at + 1 :] for at in positions}
    added = {word[:at] + wildcard + word[at:] for at in range(len(word) + 1)}
    return sorted(replaced | removed | added | set(_exchanged(word)))


def edit_patterns(word: str, pieces: int) -> list[str]:
    """LIKE patterns: every text with a word one edit away matches one of them.

    An edit leaves all pieces of the word intact but one, or exchanges the characters
    where two of them meet.
    """
    if len(word) <= SHORT_WORD:
        return [f"% {edit} %" for edit in edits(word, "_")]
    exchanged = _exchanged(word)
    bounds = [len(word) * number // pieces for number in range(pieces + 1)]
    parts = [
        (f" {word[:start]}" if start else "", f"{word[end:]} " if word[end:] else "")
        for start, end in pairwise(bounds)
    ]
    return [
        *("%".join(["", *filter(None, part), ""]) for part in parts),
        *(f"% {exchanged[bound - 1]} %" for bound in bounds[1:-1]),
    ]


def edit_expression(word: str) -> str:
    """A regular expression for text with a word one edit away."""
    return f" ({'|'.join(edits(word, '.'))}) "


def _exchanged(word: str) -> list[str]:
    return [
        word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        for at in range(len(word) - 1)
    ]
