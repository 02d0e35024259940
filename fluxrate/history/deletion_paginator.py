"""Pages of deletions."""

import uuid

from django.db.models import Q

from fluxrate.api.pagination import CountedPages, Page, PageNumberPaginator
from fluxrate.api.problems import BadParameter
from fluxrate.models.event_ids import EventPosition


class DeletionPaginator(PageNumberPaginator):
    """Newest first; `after` continues with older deletions."""

    def after(self, pages: CountedPages, value: str) -> Page:
        try:
            last = EventPosition.from_id(uuid.UUID(value))
        except ValueError:
            raise BadParameter("after", "The id of a deletion is needed.") from None
        rows = pages.rows.filter(
            Q(transaction__lt=last.transaction) | Q(id__lt=last.row),
            transaction__lte=last.transaction,
        )
        return Page(list(rows[: self.page_size]), *pages.count())
