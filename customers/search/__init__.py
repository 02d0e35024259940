"""Search: what was asked for, the statement that finds it, and what it matched."""

from .statement import Found, find
from .terms import MOST_TERMS, Search

__all__ = ["MOST_TERMS", "Found", "Search", "find"]
