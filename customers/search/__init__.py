"""Search: what was asked for, the statement that finds it, and what it matched."""

from .folding import SORTED_LETTERS, fold
from .statement import Found, Matches, find
from .terms import LONGEST, Search

__all__ = [
    "LONGEST",
    "SORTED_LETTERS",
    "Found",
    "Matches",
    "Search",
    "find",
    "fold",
]
