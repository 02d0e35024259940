"""Lists whose pages take as long with a million rows as with a thousand."""

from collections.abc import Callable
from typing import Any, Literal, Protocol

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import (
    IGNORED_PARAMS,
    ORDER_VAR,
    PAGE_VAR,
    ChangeList,
)
from django.contrib.postgres.fields import ArrayField
from django.core.paginator import Paginator
from django.db.models import F, Func, Model, QuerySet, UUIDField, Value
from django.db.models.expressions import Combinable
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext

from fluxrate.api.pagination import Countable, Page
from fluxrate.text import normalized

from .chips import Chips
from .language import grouped

MAX_COUNTED = 10_000
# Parameters of the autocomplete view.
AUTOCOMPLETE_PARAMETERS = {"term", "page", "app_label", "model_name", "field_name"}


class BoundedPaginator(Paginator):
    """Counts the first 10,000 rows; `exceeded` if there are more, for search or filter
    to reach.
    """

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: MAX_COUNTED + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self._counted, MAX_COUNTED)

    @property
    def exceeded(self) -> bool:
        return self._counted > self.count


class SearchPaginator(BoundedPaginator):
    """Has the total that a search has counted already."""

    def __init__(self, rows: Any, size: int, total: int, *, is_exact: bool) -> None:
        super().__init__(rows, size)
        self.count = total
        self._counted = total if is_exact else total + 1


def filters_of(request: HttpRequest) -> set[str]:
    """The filters that the query of a change list or an autocomplete names."""
    return request.GET.keys() - {*IGNORED_PARAMS, PAGE_VAR, *AUTOCOMPLETE_PARAMETERS}


class BaseChangeList(ChangeList):
    """A list with the API's filters, sorted only by what an index sorts."""

    chips: Chips
    model_admin: Any

    def get_filters_params(
        self, params: dict[str, list[str]] | None = None
    ) -> dict[str, list[str]]:
        """Without the parameters of the chips, which are no lookups of Django."""
        parameters: dict[str, list[str]] = super().get_filters_params(params)
        name_of = self.chips.filter_set.base_name
        return {
            name: values
            for name, values in parameters.items()
            if name_of(name) is None and any(values)
        }

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet:
        self.chips = Chips(request, self.model_admin.filter_set)
        whole = self.root_queryset
        self.root_queryset = self.chips.filter(whole)
        try:
            rows: QuerySet = super().get_queryset(request, exclude_parameters)
            return rows
        finally:
            self.root_queryset = whole

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.show_admin_actions = bool(self.result_count)
        self.export_url: str = self.model_admin.export_url(request)

    def all_rows(self) -> QuerySet:
        """Every row of the list in its order, beyond the pages."""
        rows: QuerySet = self.queryset
        return rows

    def get_ordering_field(
        self, field_name: Callable[..., object] | str
    ) -> str | Combinable | None:
        """None for columns that are not offered for sorting."""
        is_sortable = self.sortable_by is None or field_name in self.sortable_by
        return super().get_ordering_field(field_name) if is_sortable else None

    @property
    def count_text(self) -> str:
        """The exact number of rows, or that there are more than are counted."""
        count, opts = self.result_count, self.opts
        noun = opts.verbose_name if count == 1 else opts.verbose_name_plural
        number = grouped(count)
        if self.paginator.exceeded:
            text = gettext("More than %s. Search or filter to see the others.")
            return text % f"{number} {noun}"
        return f"{number} {noun}"


class RankedSearch(Countable, Protocol):
    """Matches, best first: a page and the total in one statement."""

    def queryset(self) -> QuerySet[Any]:
        """The rows that match, in their own order."""

    def ids(self, start: int, stop: int) -> Page[Any]:
        """The ids of the matches, best first."""


class RankedChangeList(BaseChangeList):
    """A list whose search, `get_ranked_search` of its admin, comes best first."""

    search: RankedSearch | None = None

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet:
        """The filtered rows, of which the search finds some."""
        # Django's own search would leave only a queryset.
        text, self.query = self.query, ""
        rows: QuerySet = super().get_queryset(request, exclude_parameters)
        self.query = text
        text = normalized(text)
        without_search: QuerySet | None = self.model_admin.without_search(
            request, rows, text
        )
        if without_search is not None:
            return without_search
        self.search = self.model_admin.get_ranked_search(request, rows, text)
        matches: QuerySet = self.search.queryset()
        return matches

    def url_for_result(self, result: Model) -> str:
        """The page that shows the record first."""
        return str(self.model_admin.page_url(result.pk))

    def get_results(self, request: HttpRequest) -> None:
        if self.search is None or ORDER_VAR in request.GET:
            super().get_results(request)
            return
        size = self.list_max_show_all if self.show_all else self.list_per_page
        start = 0 if self.show_all else (self.page_num - 1) * size
        page = self.search.slice(start, start + size)
        if not page.rows and self.page_num > 1:
            raise IncorrectLookupParameters
        self.result_list = page.rows
        self._count(page.total, page.is_exact)
        self.export_url = self.model_admin.export_url(request)

    def get_ordering_field_columns(self) -> dict[int, Literal["desc", "asc"]]:
        """None while the best match comes first."""
        is_ranked = self.search is not None and ORDER_VAR not in self.params
        columns = super().get_ordering_field_columns()
        return {} if is_ranked else columns

    def all_rows(self) -> QuerySet:
        """The matches best first; newest first if there are too many to be ranked."""
        search = self.search
        if search is None or ORDER_VAR in self.params or self.paginator.exceeded:
            return super().all_rows()
        ids = search.ids(0, MAX_COUNTED).rows
        position = Func(
            Value(ids, ArrayField(UUIDField())), F("pk"), function="array_position"
        )
        rows: QuerySet = self.queryset.filter(pk__in=ids).order_by(position)
        return rows

    def _count(self, total: int, is_exact: bool) -> None:
        size = self.list_per_page
        self.paginator = SearchPaginator(self.queryset, size, total, is_exact=is_exact)
        self.result_count = total
        self.show_full_result_count = False
        self.full_result_count = None
        self.show_admin_actions = bool(total)
        self.can_show_all = total <= self.list_max_show_all
        self.multi_page = total > size
