"""The pending entries of the search indexes.

A GIN index appends the entries of new rows to a list. The write that fills it
(`gin_pending_list_limit`) merges them all, for some 100 ms, and every search reads it.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import connection

from fluxrate.worker.lane import Round

from .customer import Customer

INDEXES = [
    index.name for index in Customer._meta.indexes if isinstance(index, GinIndex)
]


def merge_pending() -> Round:
    """Merge what writes have appended, so that no write has to."""
    with connection.cursor() as cursor:
        for name in INDEXES:
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [name])
    yield {}
