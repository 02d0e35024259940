"""A queryset whose FROM has a part of its table."""

from typing import NamedTuple

BASE = "base (id, search_text, owner_id, name, email, external_id)"


class Around(NamedTuple):
    """The text of a queryset before and after a part of its table."""

    table: str
    before: str
    after: str
