from .event import INSTALLATION, Event, erase, forget, record
from .owned import Owned, OwnedQuerySet
from .recorded import Recorded
from .row_count import CountedQuerySet, RowCount, row_count_triggers
from .stored_response import KeptAnswer
from .token_bucket import Bucket

__all__ = [
    "INSTALLATION",
    "Bucket",
    "CountedQuerySet",
    "Event",
    "KeptAnswer",
    "Owned",
    "OwnedQuerySet",
    "Recorded",
    "RowCount",
    "erase",
    "forget",
    "record",
    "row_count_triggers",
]
