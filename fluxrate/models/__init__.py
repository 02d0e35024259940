from .event import INSTALLATION, Event, erase, forget, record
from .owned import Owned, OwnedQuerySet
from .recorded import Recorded
from .row_count import RowCount, StoredCount, count_by_status, row_count_triggers
from .stored_response import KeptAnswer
from .token_bucket import Bucket

__all__ = [
    "INSTALLATION",
    "Bucket",
    "Event",
    "KeptAnswer",
    "Owned",
    "OwnedQuerySet",
    "Recorded",
    "RowCount",
    "StoredCount",
    "count_by_status",
    "erase",
    "forget",
    "record",
    "row_count_triggers",
]
