"""Keys that belong to no organization, for a search over all of them.

A row has few of these, so that writing it costs little more: its fields as a whole
(`=`), the beginnings of its words (`^`), the end of its phone (`#`), and for a typo in
its name what is left of a word (`~`). `customer_search_everywhere`, made by a
migration, gives a row's. A search over all organizations finds the beginnings of words,
not their insides.
"""

import re
from collections.abc import Iterator

from . import typos
from .folding import leading_unspaced

# The signs that part words in every row, whatever else is in it.
_SIGN = re.compile(r"""[\s\-_.,@+'"()/&%#:;!?*=|\\<>\[\]{}~^$`]+""")
BEGINNING, BEGINNING_OF_NUMBER, END_OF_PHONE = 3, 5, 4


def whole(text: str) -> str:
    """The key of a field that is the folded text."""
    return f"={text}"


def beginnings(text: str) -> list[str]:
    """The keys of every row with words that begin as those of the folded text do."""
    keys = (_beginning(word) for word in _SIGN.split(text) if word)
    return sorted({key for key in keys if key})


def end_of_phone(digits: str) -> str:
    return f"#{digits[-END_OF_PHONE:]}"


def nearly(word: str) -> list[str]:
    """Keys of which every row has one whose name has a word one edit away, or whose
    words begin as this one does.
    """
    return sorted({*_remains(word), *beginnings(word)})


def _beginning(word: str) -> str:
    if unspaced := leading_unspaced(word):
        # Two letters in turn are words there; one is at the end of its run alone.
        return f"^{unspaced[:2]}" if len(word) > 1 else ""
    # Many numbers begin alike.
    is_number = word[0].isdigit() and len(word) >= BEGINNING_OF_NUMBER
    start = word[: BEGINNING_OF_NUMBER if is_number else BEGINNING]
    return f"^{start}" if len(start) >= BEGINNING and start.isalnum() else ""


def _remains(word: str) -> Iterator[str]:
    """What an edit may leave of a word: short ones but for one letter, others a half.

    An edit makes a word one letter longer, shorter, or neither.
    """
    for size in range(len(word) - 1, len(word) + 2):
        if size <= typos.SHORT:
            yield f"~{word}"
            yield from (f"~{word[:at]}{word[at + 1 :]}" for at in range(len(word)))
            continue
        half = size // 2
        meeting = word[: half - 1] + word[half : half + 1]
        yield f"~{size}<{word[:half]}"
        yield f"~{size}<{meeting}"
        yield f"~{size}>{word[half - size :]}"
