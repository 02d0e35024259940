from .batch import Batch
from .bulk_action import BulkAction
from .bulk_action_chunk import BulkActionChunk
from .event import (
    INSTALLATION,
    DeletionEvent,
    Event,
    erase_object,
    prune_events,
    write_event,
)
from .heartbeat import Heartbeat
from .owned import Owned
from .querysets import OwnedQuerySet
from .recorded import Recorded
from .row_count import RowCount, StoredCount, count_by_status, row_count_triggers
from .row_interval import RowInterval, count_intervals
from .stored_response import StoredResponse
from .token_bucket import TokenBucket

__all__ = [
    "INSTALLATION",
    "Batch",
    "BulkAction",
    "BulkActionChunk",
    "DeletionEvent",
    "Event",
    "Heartbeat",
    "Owned",
    "OwnedQuerySet",
    "Recorded",
    "RowCount",
    "RowInterval",
    "StoredCount",
    "StoredResponse",
    "TokenBucket",
    "count_by_status",
    "count_intervals",
    "erase_object",
    "prune_events",
    "row_count_triggers",
    "write_event",
]
