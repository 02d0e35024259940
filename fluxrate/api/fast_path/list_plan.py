"""A page of a list in one statement, in which the caller's row is joined."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from fluxrate.api.pagination import (
    DEEP_PAGE,
    MAX_COUNTED,
    CountedPages,
    Page,
    PageNumberPaginator,
)
from fluxrate.models import StoredCount
from fluxrate.postgres.named_sql import NamedSQL
from fluxrate.postgres.prepared import Execution, PreparedStatement, Row

from .columns import Columns
from .credentials import Credential
from .plan import Answered, Arrival, Headers, Plan
from .recording import CannotRecordError, Names, Recording
from .representation import Representation, representation

# `meta`, and the header `Link`.
Rendered = tuple[dict[str, int | str | None], Headers]


class _RecordingPages(CountedPages):
    """Notes the rows of the page that the paginator asks for."""

    page: QuerySet | None = None

    def slice(self, start: int, stop: int) -> Page:
        if start < DEEP_PAGE:
            self.page = self.rows[start:stop]
        return Page([], 0)

    def first(self, rows: QuerySet, size: int) -> Page:
        self.page = rows[:size]
        return Page([], 0)

    def after_update(self, *_: object, **__: object) -> Page:
        raise CannotRecordError

    def count(self) -> tuple[int, bool]:
        raise CannotRecordError


class ListPlan(Plan):
    """`GET` of one page of a list."""

    def __init__(self, recording: Recording, credential: type[Credential]) -> None:
        view, names = recording.view, recording.names
        rows = view.filter_queryset(view.get_queryset())
        pages = view.get_pages(rows)
        if type(pages) is not CountedPages:
            raise CannotRecordError
        noted = _RecordingPages(pages.rows, pages.stored)
        self.paginator: PageNumberPaginator = view.paginator
        self.paginator.paginate(noted, view.request)
        self.url = view.request.build_absolute_uri()
        self.after = recording.after
        # A position that is not in the usual form would be one for all requests.
        if noted.page is None or (self.paginator.page is None and not self.after):
            raise CannotRecordError
        total = _total(pages, names)
        self.is_bounded = pages.stored is None
        self.shown: Representation = representation(
            noted.page, view.get_serializer(), names
        )
        # A serializer takes its time for a hundred instances.
        self.is_short = isinstance(self.shown, Columns)
        caller = credential.caller_sql(recording.scopes)
        sql = (
            f"WITH caller AS MATERIALIZED ({caller.sql}) "
            f"SELECT ({total.sql}), page.* FROM caller LEFT JOIN "
            f"(SELECT true, row.* FROM ({self.shown.sql.sql}) AS row) AS page ON true"
        )
        values = caller.values | total.values | self.shown.sql.values
        self.named = NamedSQL(sql, values)
        # Which index leaves few rows depends on the value of a filter.
        self.statement = PreparedStatement(
            sql, for_json=self.shown.for_json, prepare=not view.get_filters()
        )
        self._rendered: tuple[object, Rendered] = (None, ({}, {}))

    def execution(self, arrival: Arrival) -> Execution:
        parameters = {**self.named.values, **arrival.parameters()}
        if arrival.after:
            parameters |= self.paginator.position_values(UUID(arrival.after))
        return Execution(self.statement, parameters)

    def answered(self, rows: list[Row], arrival: Arrival) -> Answered | None:
        if not rows:
            return None
        total: Any = rows[0][0]
        page = [row[2:] for row in rows] if rows[0][1] else []
        is_exact = not (self.is_bounded and total > MAX_COUNTED)
        data = self.shown.represent(page)
        counted = min(total, MAX_COUNTED) if self.is_bounded else total
        meta, headers = self._meta_and_link(
            Page(data, counted, is_exact), arrival.after
        )
        return Answered(200, {"data": data, "meta": meta}, headers)

    def _meta_and_link(self, page: Page[Any], after: str) -> Rendered:
        """As the paginator computes them; most lists have the total of the last one."""
        if after:
            url = self.url.replace(self.after, after)
            return self.paginator.meta_and_link(page, url)
        key = (page.total, page.is_exact, len(page.rows) == self.paginator.page_size)
        last, rendered = self._rendered
        if last != key:
            rendered = self.paginator.meta_and_link(page, self.url)
            self._rendered = (key, rendered)
        return rendered


def _total(pages: CountedPages, names: Names) -> NamedSQL:
    """The SELECT that counts the list's rows."""
    if isinstance(pages.stored, StoredCount):
        return NamedSQL.of(*pages.stored.sql_with_params(), "total_", names)
    rows = pages.rows.order_by().values("pk")[: MAX_COUNTED + 1]
    counted = NamedSQL.of_rows(rows, "total_", names)
    return NamedSQL(f"SELECT count(*) FROM ({counted.sql}) AS counted", counted.values)
