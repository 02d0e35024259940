"""Search: what was asked for, the statement that finds it, and what it matched."""

from .statement import Found, Matches, find
from .terms import LONGEST, MOST_TERMS, Search

__all__ = ["LONGEST", "MOST_TERMS", "Found", "Matches", "Search", "find"]
