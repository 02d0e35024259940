"""Pages of a history that merges the events of several kinds of object."""

from functools import cached_property

from django.core.paginator import Page
from django.db.models import QuerySet

from fluxrate.admin.changelist import MAX_COUNTED, BoundedPaginator


class HistoryPaginator(BoundedPaginator):
    """Each query reads its own index up to the end of the page, newest first."""

    object_list: list[QuerySet]

    @cached_property
    def _counted(self) -> int:
        rows = [kind.order_by().values("pk") for kind in self.object_list]
        return int(_merged([each[: MAX_COUNTED + 1] for each in rows]).count())

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        end = number * self.per_page
        rows = [kind.order_by("-id")[:end] for kind in self.object_list]
        events = list(_merged(rows).order_by("-id")[end - self.per_page : end])
        return Page(events, number, self)


def _merged(rows: list[QuerySet]) -> QuerySet:
    """The union; one query is united with nothing."""
    first, *others = rows
    return first.union(*others or [first.none()], all=True)
