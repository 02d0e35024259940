"""The keys under which the index has a text: an organization's trigrams, hashed.

A key belongs to one organization, so what others keep costs a search nothing. The
functions `customer_search_keys` (of a row) and `customer_search_terms` (of a pattern),
made by a migration, take the trigrams of pg_trgm.
"""

import re
from collections.abc import Iterable

# What stands for unknown letters, once each: the trigrams that a pattern has with every
# one of them are in every text that fits. No folded text has the last, so with it no
# trigram is there by chance, unless it is no letter where the database's ctype is C:
# the other two are letters everywhere. A third text also leaves no room for two
# trigrams that pg_trgm hashes to the same.
UNKNOWN = ("x", "q", "\u00e9")
MOST_ARMS = 64

_WILD = re.compile(r"\\(.)|[%_]", re.DOTALL)
# Letters that make a trigram: three, or fewer where a word begins or ends.
_KNOWN = re.compile(
    r"[^\W_]{3}|(?:^|(?!\0)[\W_])[^\W_]|[^\W_]{2}(?:$|(?!\0)[\W_])", re.DOTALL
)


def with_letters(pattern: str, unknown: str) -> str:
    """A LIKE pattern as a text, its wildcards as the unknown letter."""
    return _WILD.sub(lambda found: found[1] or unknown, pattern)


def has_keys(pattern: str) -> bool:
    """Whether every text that fits the LIKE pattern has some key in common."""
    return _KNOWN.search(with_letters(pattern, "\0")) is not None


def arms(patterns: Iterable[list[str]]) -> list[list[str]]:
    """Alternatives for `customer_search_terms`, a text with each unknown.

    Every row that fits one of each list of LIKE patterns has all keys of an arm; no arm
    where no index helps. Lists are left out where a pattern has no keys, or where they
    make too many arms: what is found must be compared with the patterns anyway.
    """
    chosen: list[list[str]] = [[]]
    for either in sorted(patterns, key=len):
        if len(chosen) * len(either) <= MOST_ARMS and all(map(has_keys, either)):
            chosen = [[*arm, each] for arm in chosen for each in either]
    return [
        [" ".join(with_letters(each, letter) for each in arm) for letter in UNKNOWN]
        for arm in chosen
        if arm
    ]
