"""Pages that cost the same at a thousand and at a million rows."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property

MOST = 10_000


class BoundedPaginator(Paginator):
    """Counts and pages the first 10,000 rows; `exceeded` says that there are more.

    Who looks for one row further down finds it by search or filter.
    """

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: MOST + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST)

    @property
    def exceeded(self) -> bool:
        return self._counted > self.count


class SearchPaginator(BoundedPaginator):
    """Knows the total that a search has counted already."""

    def __init__(self, rows: Any, size: int, total: int, *, is_exact: bool) -> None:
        super().__init__(rows, size)
        self.count = total
        self._counted = total if is_exact else total + 1


class RankedList(ChangeList):
    """A list whose search comes best first, a page and the total in one statement.

    A queryset may offer `ranking(start, stop)`: ids, best first, their total, and
    whether it is exact; and `those(ids)`: their rows.
    """

    def get_results(self, request: HttpRequest) -> None:
        rows: Any = self.queryset
        if getattr(rows, "ranking", None) is None or ORDER_VAR in request.GET:
            super().get_results(request)
            return
        size = self.list_max_show_all if self.show_all else self.list_per_page
        start = 0 if self.show_all else (self.page_num - 1) * size
        ids, total, is_exact = rows.ranking(start, start + size)
        if not ids and self.page_num > 1:
            raise IncorrectLookupParameters
        by_id = {row.pk: row for row in rows.those(ids)}
        self.result_list = [by_id[pk] for pk in ids if pk in by_id]
        self._count(total, is_exact)

    def _count(self, total: int, is_exact: bool) -> None:
        size = self.list_per_page
        self.paginator = SearchPaginator(self.queryset, size, total, is_exact=is_exact)
        self.result_count = total
        self.show_full_result_count = False
        self.full_result_count = None
        self.show_admin_actions = True
        self.can_show_all = total <= self.list_max_show_all
        self.multi_page = total > size
