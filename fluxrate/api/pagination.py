"""Pages by number, and by keyset with `after`."""

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from django.db.models import Model, Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from fluxrate.models import StoredCount
from fluxrate.models.row_count import ListPosition
from fluxrate.times import parse_time

from .problems import BadParameter

EXACT = {
    "type": "boolean",
    "example": True,
    "description": "false if more rows match than are counted; else absent.",
}
DEFAULT_SIZE, MAX_SIZE, MAX_PAGE = 20, 100, 1_000_000_000
# A proxy refuses a response whose headers exceed its buffer (nginx: 4 KB in all).
MAX_LINK_LENGTH = 2_000
# Rows of a filtered list are counted up to this number, which takes some 30 ms.
MAX_COUNTED = 100_000
# The orders, beside the default one, that `after` continues.
UPDATE_ORDERS = {"updated_at", "-updated_at"}
# From this row on, a page's ids are read first, from the nearer end.
DEEP_PAGE = 1_000


Schema = dict[str, object]


def bounded(
    parameters: Mapping[str, str], name: str, default: int, largest: int
) -> int:
    """A query parameter from 1 to `largest`, or BadParameter with the bounds."""
    value = parameters.get(name)
    if value is None:
        return default
    if re.fullmatch(r"[0-9]{1,10}", value, re.ASCII) and 1 <= int(value) <= largest:
        return int(value)
    raise BadParameter(name, f"A whole number from 1 to {largest} is needed.")


Row = TypeVar("Row")


class Page(NamedTuple, Generic[Row]):
    """Rows in their order; a `total` that is not exact is the bound of counting."""

    rows: list[Row]
    total: int
    is_exact: bool = True


class Countable(Protocol):
    """What the paginator reads: rows that can be counted, such as a search."""

    def slice(self, start: int, stop: int) -> Page:
        """The rows from `start` up to, and not including, `stop`."""


class CountedPages:
    """A queryset whose pages come with their total, in as few statements as possible.

    With a stored count, one statement reads a page and the total.
    """

    def __init__(self, rows: QuerySet, stored: StoredCount | None = None) -> None:
        self.rows, self.stored = rows, stored

    def slice(self, start: int, stop: int) -> Page:
        if self.stored and start < DEEP_PAGE:
            rows = self.rows[start:stop]
            return self._with_total(self.stored, rows, is_first=start == 0)
        if self.stored and self._is_newest_first:
            return self._from_near(self.stored.locate(start), start, stop)
        total, is_exact = self.count()
        if start >= total and is_exact:
            return Page([], total)
        if start < DEEP_PAGE or not is_exact:
            return Page(list(self.rows[start:stop]), total, is_exact)
        return Page(self._deep(start, min(stop, total), total), total)

    def first(self, rows: QuerySet, size: int) -> Page:
        """The first of some of the rows, with the total of all."""
        if self.stored:
            return self._with_total(self.stored, rows[:size])
        return Page(list(rows[:size]), *self.count())

    def after_update(
        self, last: "UpdatePosition", size: int, *, descending: bool
    ) -> Page:
        """The next rows in the order of `updated_at`, by which they are ordered."""
        sign = "lt" if descending else "gt"
        behind = {f"updated_at__{sign}": last.updated_at, f"pk__{sign}": last.pk}
        # The second condition is redundant; the index needs it.
        rows = self.rows.filter(
            Q(**behind, _connector=Q.OR), **{f"updated_at__{sign}e": last.updated_at}
        )
        return self.first(rows, size)

    def count(self) -> tuple[int, bool]:
        """The total, and whether it is exact: rows are counted up to a bound."""
        if self.stored:
            return self.stored.read(), True
        total = self.rows.order_by().values("pk")[: MAX_COUNTED + 1].count()
        return min(total, MAX_COUNTED), total <= MAX_COUNTED

    def _with_total(
        self, stored: StoredCount, rows: QuerySet, *, is_first: bool = False
    ) -> Page:
        page = list(rows.annotate(total_of_list=stored.expression()))
        if page:
            return Page(page, page[0].total_of_list)
        return Page(page, 0 if is_first else stored.read())

    @property
    def _is_newest_first(self) -> bool:
        query = self.rows.query
        return query.default_ordering and not query.order_by

    def _from_near(self, first: ListPosition, start: int, stop: int) -> Page:
        """A page that begins at a position, in the default order."""
        total = first.total
        if start >= total:
            return Page([], total)
        if first.below is None:
            return Page(self._deep(start, min(stop, total), total), total)
        ids = self.rows.filter(pk__lt=first.below).values("pk")
        ids = ids[first.skipped : first.skipped + stop - start]
        return Page(list(self.rows.filter(pk__in=ids)), total)

    def _deep(self, start: int, stop: int, total: int) -> list[Model]:
        """A deep page. Its ids come from the index alone, counted from the nearer end,
        so that no row before the page is read.
        """
        ids = self.rows.values("pk")
        if start > total // 2:
            ids = ids.reverse()[total - stop : total - start]
        else:
            ids = ids[start:stop]
        return list(self.rows.filter(pk__in=ids))


class UpdatePosition(NamedTuple):
    """A place in the order of `updated_at`, written as `<updated_at>,<id>`."""

    updated_at: datetime
    pk: uuid.UUID

    @classmethod
    def parse(cls, text: str, *, descending: bool) -> "UpdatePosition":
        """The position; of a time alone, the one before all rows of that time."""
        time, _, key = text.partition(",")
        updated_at = parse_time(time)
        try:
            pk = uuid.UUID(key) if key else _LAST_ID if descending else _FIRST_ID
        except ValueError:
            updated_at = None
        if updated_at is None:
            raise BadParameter("after", POSITION_NEEDED)
        return cls(updated_at, pk)

    def __str__(self) -> str:
        return f"{self.updated_at.astimezone(UTC).isoformat()[:-6]}Z,{self.pk}"


_FIRST_ID, _LAST_ID = uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)
POSITION_NEEDED = (
    "With ordering=updated_at, the updated_at and the id of an object are needed, such "
    "as 2025-01-15T10:30:00Z,550e8400-e29b-41d4-a716-446655440000, or a time alone."
)


class PageNumberPaginator(BasePagination):
    """`{"data": [...], "meta": {page, page_size, total, total_pages}}` and `Link`."""

    parameters: tuple[str, ...] = ("page", "page_size", "after")
    page: int | None
    page_size: int
    total: int
    total_is_exact: bool
    noun = "an object"
    # Of the rows of a page in the order of `updated_at`.
    positions: Sequence[UpdatePosition] = ()

    def paginate_queryset(
        self, queryset: Any, request: Request, view: object = None
    ) -> list[Any]:
        """DRF's hook, for lists of a queryset."""
        return self.paginate(CountedPages(queryset), request)

    def paginate(self, pages: Countable, request: Request) -> list[Model]:
        """The rows of the page that the query asks for."""
        self.request, parameters = request, request.query_params
        self.page_size = bounded(parameters, "page_size", DEFAULT_SIZE, MAX_SIZE)
        self.page = bounded(parameters, "page", 1, MAX_PAGE)
        if "after" in parameters:
            page = self._continue(pages, parameters)
        else:
            start = (self.page - 1) * self.page_size
            page = pages.slice(start, start + self.page_size)
        self.total, self.total_is_exact = page.total, page.is_exact
        return page.rows

    def _continue(self, pages: Countable, parameters: Mapping[str, str]) -> Page:
        # Clients that fill in defaults send the first page.
        if self.page != 1:
            raise BadParameter("after", "Cannot be combined with page.")
        self.page = None
        if not isinstance(pages, CountedPages):
            raise BadParameter("after", "Cannot be combined with search.")
        ordering = ",".join(self.request.query_params.getlist("ordering"))
        if not ordering:
            return self.after(pages, parameters["after"])
        if ordering not in UPDATE_ORDERS:
            message = "Can be combined with ordering=updated_at or -updated_at only."
            raise BadParameter("after", message)
        return self.after_update(pages, parameters["after"], ordering)

    def after_update(self, pages: CountedPages, value: str, ordering: str) -> Page:
        descending = ordering.startswith("-")
        last = UpdatePosition.parse(value, descending=descending)
        page = pages.after_update(last, self.page_size, descending=descending)
        self.positions = [UpdatePosition(row.updated_at, row.pk) for row in page.rows]
        return page

    def after(self, pages: CountedPages, value: str) -> Page:
        """The page behind the object whose id `after` gives."""
        try:
            last = uuid.UUID(value)
        except ValueError:
            raise BadParameter("after", f"The id of {self.noun} is needed.") from None
        return pages.first(self.rows_after(pages.rows, last), self.page_size)

    def rows_after(self, rows: QuerySet, last: uuid.UUID) -> QuerySet:
        """The rows behind an id in the default order, newest first."""
        return rows.filter(pk__lt=last)

    def position_values(self, last: uuid.UUID) -> dict[str, object]:
        """What `rows_after` compares, by name."""
        return {"after": last}

    def get_paginated_response(self, data: Sequence[Mapping[str, Any]]) -> Response:
        page = Page(list(data), self.total, self.total_is_exact)
        meta, headers = self.meta_and_link(page, self.request.build_absolute_uri())
        return Response({"data": data, "meta": meta}, headers=headers)

    def meta_and_link(
        self, page: Page[Any], url: str
    ) -> tuple[dict[str, int | str | None], dict[str, str]]:
        """`meta`, and the header `Link`, of a page that a URL names."""
        total_pages = -(-page.total // self.page_size)
        links = self._links(page, total_pages, url)
        meta: dict[str, int | str | None] = {
            "page": self.page,
            "page_size": self.page_size,
            "total": page.total,
            "total_pages": total_pages,
            "next": links.get("next"),
        }
        if not page.is_exact:
            meta["total_is_exact"] = False
        return meta, _link(links)

    def _links(self, page: Page[Any], total_pages: int, url: str) -> dict[str, str]:
        """URLs by relation; following `next` reaches every row."""
        is_full = len(page.rows) == self.page_size
        if self.page is None:
            links = {"first": remove_query_param(url, "after")}
            if is_full:
                last = self.positions[-1] if self.positions else page.rows[-1]["id"]
                links["next"] = replace_query_param(url, "after", str(last))
            return links
        pages = {"first": 1, "last": max(1, total_pages)}
        if self.page > 1:
            pages["prev"] = min(self.page - 1, pages["last"])
        if not page.is_exact:
            del pages["last"]
        may_have_more = not page.is_exact and is_full
        if self.page < total_pages or may_have_more:
            pages["next"] = self.page + 1
        return {
            relation: replace_query_param(url, "page", number)
            for relation, number in pages.items()
        }

    def get_paginated_response_schema(self, schema: Schema) -> Schema:
        counts: dict[str, Schema] = {
            name: {"type": "integer", "minimum": minimum, "example": example}
            for name, minimum, example in (
                ("page", 1, 1),
                ("page_size", 1, 20),
                ("total", 0, 342),
                ("total_pages", 0, 18),
            )
        }
        counts["page"] |= {
            "type": ["integer", "null"],
            "description": "null after `after`.",
        }
        counts["next"] = {
            "type": ["string", "null"],
            "format": "uri",
            "example": "http://localhost:8000/api/v1/customers?page=2",
            "description": "The URL of the next page; null on the last page.",
        }
        return {
            "type": "object",
            "required": ["data", "meta"],
            "properties": {
                "data": schema,
                "meta": {
                    "type": "object",
                    "required": list(counts),
                    "properties": counts | {"total_is_exact": EXACT},
                },
            },
        }

    def get_schema_operation_parameters(self, view: object) -> list[Schema]:
        """The descriptions give the defaults: from `default`, generated clients would
        send them.
        """
        pages: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE}
        sizes: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_SIZE}
        return [
            _parameter("page", "The page number, from 1; 1 by default.", pages),
            _parameter(
                "page_size", f"Items per page; {DEFAULT_SIZE} by default.", sizes
            ),
            _parameter(
                "after",
                "The page after the object with this id, newest first, at the same "
                "cost at any depth. With `ordering=updated_at`, its `updated_at` and "
                "id with a comma between them, or a time alone to begin. Then "
                "`meta.page` is null; follow `meta.next`.",
                {"type": "string"},
            ),
        ]


def _link(links: dict[str, str]) -> dict[str, str]:
    """The header `Link` with as many relations as fit, `next` first."""
    parts = {name: f'<{address}>; rel="{name}"' for name, address in links.items()}
    for relation in ("last", "first", "prev", "next"):
        if sum(map(len, parts.values())) > MAX_LINK_LENGTH:
            parts.pop(relation, None)
    return {"Link": ", ".join(parts.values())} if parts else {}


def _parameter(name: str, description: str, schema: Schema) -> Schema:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }
