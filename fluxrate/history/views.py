"""The event feed over HTTP."""

import uuid
from typing import Any

from fluxrate.api.filters import FilterBackend
from fluxrate.api.pagination import PageNumberPaginator
from fluxrate.api.viewsets import OwnedViewSet
from fluxrate.history.serializers import EventSerializer
from fluxrate.models import Event
from fluxrate.models.event_ids import EventPosition

from .filters import EventFilter


class EventPaginator(PageNumberPaginator):
    """Newest first by page; oldest first with `after`.

    `after` stops before events that a running transaction may still precede, so that a
    client that continues with the last id it received misses no event.
    """

    noun = "an event"

    def rows_after(self, rows: Any, last: uuid.UUID) -> Any:
        return rows.after(last)

    def position_values(self, last: uuid.UUID) -> dict[str, object]:
        transaction, row = EventPosition.from_id(last)
        return {"after_transaction": transaction, "after_row": row}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describes `after`, which means something else for events."""
        parameters = super().get_schema_operation_parameters(view)
        parameters[-1] |= {
            "description": "The id of an event: list the events after it, oldest "
            "first. No event is inserted into this order later. The nil UUID lists "
            "from the beginning. `meta.page` is null.",
            "schema": {"type": "string", "format": "uuid"},
        }
        return parameters


class EventViewSet(OwnedViewSet):
    """`/events`"""

    tag_description = "The changes of objects: what changed, who changed it, and why."
    scope = "events"
    queryset = Event.objects.all()
    serializer_class = EventSerializer
    filterset_class = EventFilter
    filter_backends = (FilterBackend,)
    pagination_class = EventPaginator

    def known_parameters(self) -> set[str]:
        return super().known_parameters() - {"ordering"}
