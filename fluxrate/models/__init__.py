from .batch import Batch
from .event import INSTALLATION, Event, erase_object, prune_events, write_event
from .owned import Owned, OwnedQuerySet
from .recorded import Recorded
from .row_count import RowCount, StoredCount, count_by_status, row_count_triggers
from .stored_response import StoredResponse
from .token_bucket import TokenBucket

__all__ = [
    "INSTALLATION",
    "Batch",
    "Event",
    "Owned",
    "OwnedQuerySet",
    "Recorded",
    "RowCount",
    "StoredCount",
    "StoredResponse",
    "TokenBucket",
    "count_by_status",
    "erase_object",
    "prune_events",
    "row_count_triggers",
    "write_event",
]
