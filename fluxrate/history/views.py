"""What happened, over HTTP."""

import uuid
from typing import Any

from fluxrate.api.filters import FilterBackend
from fluxrate.api.pagination import CountedPages, Page, PageNumberPaginator
from fluxrate.api.problems import BadParameter
from fluxrate.api.viewsets import OwnedViewSet
from fluxrate.history.serializers import EventSerializer
from fluxrate.models import Event

from .filters import EventFilter


class EventPaginator(PageNumberPaginator):
    """Pages are newest first. `after` goes the other way, forward, and never past what
    may still be preceded: whoever asks again with the last id it got misses nothing.
    """

    def after(self, pages: CountedPages, value: str) -> Page:
        try:
            last = uuid.UUID(value)
        except ValueError:
            raise BadParameter("after", "The id of an event is needed.") from None
        total, is_exact = pages.count()
        rows: Any = pages.rows
        return Page(list(rows.behind(last)[: self.page_size]), total, is_exact)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """`after` is another one here."""
        parameters = super().get_schema_operation_parameters(view)
        parameters[-1]["description"] = (
            "Go on forward, oldest first, behind the event with this id, in an order "
            "in which nothing is inserted later; the nil UUID is the beginning. Then "
            "`meta.page` is null."
        )
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
