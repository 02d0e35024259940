"""Pages by number with `meta`, and keyset continuation with `after`."""

import re
import uuid
from typing import Any

from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from .problems import BadParameter

EXACT = {
    "type": "boolean",
    "example": True,
    "description": "false where more rows match than are counted; else left out.",
}
DEFAULT_SIZE, LARGEST_SIZE, LAST_PAGE = 20, 100, 1_000_000_000
# A proxy gives up an answer whose headers do not fit its buffer (nginx: 4 KB in all).
LONGEST_LINK = 2_000
# A filter's matches are counted one by one up to here, which takes some 30 ms.
MAX_COUNTED = 100_000
# From here on a page's ids are looked for first, from the nearer end.
DEEP_PAGE = 1_000


def bounded(parameters: Any, name: str, default: int, largest: int) -> int:
    """A query parameter from 1 to `largest`, or BadParameter with the bounds."""
    given = parameters.get(name)
    if given is None:
        return default
    if re.fullmatch(r"[0-9]{1,10}", given, re.ASCII) and 1 <= int(given) <= largest:
        return int(given)
    raise BadParameter(name, f"A whole number from 1 to {largest} is needed.")


class CountedPages:
    """A queryset whose pages come with their `total`, in as few statements as can be.

    A queryset may offer `kept_total()`: an expression for its total that is read
    together with the rows, or None; and `ranking(start, stop)`: ids, best first, their
    total, and whether it is exact; `matches` is the same of a queryset that has another
    order, for its total. `is_exact` is False where the total is only the
    bound up to which was counted.
    """

    total: int
    is_exact = True

    def __init__(self, queryset: Any) -> None:
        self.queryset = queryset
        offered = getattr(queryset, "kept_total", None)
        self.expression = offered() if offered else None

    def slice(self, start: int, stop: int) -> list[Any]:
        """The rows from `start` up to, and not including, `stop`."""
        if getattr(self.queryset, "ranking", None):
            return self._ranked(start, stop)
        if self.expression is not None and start < DEEP_PAGE:
            return self._with_total(self.queryset, start, stop)
        self.count()
        if start >= self.total and self.is_exact:
            return []
        if start < DEEP_PAGE or not self.is_exact:
            return list(self.queryset[start:stop])
        return self._far(start, min(stop, self.total))

    def after(self, last: uuid.UUID, size: int) -> list[Any]:
        """The next rows in the default order, newest first."""
        rows = self.queryset.filter(pk__lt=last)
        if self.expression is not None:
            return self._with_total(rows, 0, size)
        self.count()
        return list(rows[:size])

    def count(self) -> None:
        """Find the total; rows that no kept total knows are counted up to a bound."""
        if self.expression is not None:
            self.total = self.queryset.count()
            return
        if matches := getattr(self.queryset, "matches", None):
            _, self.total, self.is_exact = matches(0, 1)
            return
        found = self.queryset.order_by().values("pk")[: MAX_COUNTED + 1].count()
        self.total, self.is_exact = min(found, MAX_COUNTED), found <= MAX_COUNTED

    def _ranked(self, start: int, stop: int) -> list[Any]:
        ids, self.total, self.is_exact = self.queryset.ranking(start, stop)
        rows = {row.pk: row for row in self.queryset.those(ids)} if ids else {}
        return [rows[key] for key in ids if key in rows]

    def _with_total(self, rows: Any, start: int, stop: int) -> list[Any]:
        found = list(rows.annotate(total_of_list=self.expression)[start:stop])
        if found:
            self.total = found[0].total_of_list
        elif start or rows is not self.queryset:
            self.total = self.queryset.count()
        else:
            self.total = 0
        return found

    def _far(self, start: int, stop: int) -> list[Any]:
        """A deep page: its ids come from the index alone, counted from the nearer end,
        so that none of the rows before it is read.
        """
        ids = self.queryset.values("pk")
        if start > self.total // 2:
            near = ids.reverse()[self.total - stop : self.total - start]
        else:
            near = ids[start:stop]
        return list(self.queryset.filter(pk__in=near))


class PageNumberPaginator(BasePagination):
    """`{"data": [...], "meta": {page, page_size, total, total_pages}}` and `Link`."""

    parameters = ("page", "page_size", "after")
    page: int | None
    page_size: int
    total: int
    total_is_exact: bool

    def paginate_queryset(
        self, queryset: Any, request: Any, view: Any = None
    ) -> list[Any]:
        given = request.query_params
        self.request = request
        self.page_size = bounded(given, "page_size", DEFAULT_SIZE, LARGEST_SIZE)
        self.page = bounded(given, "page", 1, LAST_PAGE)
        counted = CountedPages(queryset)
        if "after" in given:
            rows = self._after(counted, given)
        else:
            start = (self.page - 1) * self.page_size
            rows = counted.slice(start, start + self.page_size)
        self.total, self.total_is_exact = counted.total, counted.is_exact
        return rows

    def _after(self, counted: "CountedPages", given: Any) -> list[Any]:
        self._refuse_page()
        for other in ("ordering", "search"):
            if other in given:
                raise BadParameter("after", f"Cannot be combined with {other}.")
        try:
            last = uuid.UUID(given["after"])
        except ValueError:
            raise BadParameter("after", "The id of an object is needed.") from None
        self.page = None
        return counted.after(last, self.page_size)

    def _refuse_page(self) -> None:
        """The first one is what clients send that fill in defaults."""
        if self.page != 1:
            raise BadParameter("after", "Cannot be combined with page.")

    @property
    def total_pages(self) -> int:
        return -(-self.total // self.page_size)

    def get_paginated_response(self, data: Any) -> Response:
        links = self._links(data)
        meta = {
            "page": self.page,
            "page_size": self.page_size,
            "total": self.total,
            "total_pages": self.total_pages,
            "next": links.get("next"),
        }
        if not self.total_is_exact:
            meta["total_is_exact"] = False
        return Response({"data": data, "meta": meta}, headers=_link(links))

    def _links(self, data: Any) -> dict[str, str]:
        """Addresses by relation; following `next` reaches every row either way."""
        here = self.request.build_absolute_uri()
        if self.page is None:
            links = {"first": remove_query_param(here, "after")}
            if len(data) == self.page_size:
                links["next"] = replace_query_param(here, "after", data[-1]["id"])
        else:
            pages = {"first": 1, "last": max(1, self.total_pages)}
            if self.page > 1:
                pages["prev"] = min(self.page - 1, pages["last"])
            if not self.total_is_exact:
                del pages["last"]
            if self.page < self.total_pages or self._may_go_on(data):
                pages["next"] = self.page + 1
            links = {
                relation: replace_query_param(here, "page", number)
                for relation, number in pages.items()
            }
        return links

    def _may_go_on(self, data: Any) -> bool:
        return not self.total_is_exact and len(data) == self.page_size

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        counts = {
            name: {"type": "integer", "minimum": minimum, "example": example}
            for name, minimum, example in (
                ("page", 1, 1),
                ("page_size", 1, 20),
                ("total", 0, 342),
                ("total_pages", 0, 18),
            )
        }
        counts["page"]["nullable"] = True
        counts["next"] = {
            "type": "string",
            "format": "uri",
            "nullable": True,
            "example": "http://localhost:8000/api/v1/customers?page=2",
            "description": "The address of the next page; null behind the last one.",
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

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Defaults stand in the words alone: generated clients would send them."""
        pages = {"type": "integer", "minimum": 1, "maximum": LAST_PAGE}
        sizes = {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE}
        return [
            _parameter("page", "Page number (1-indexed); the first by default.", pages),
            _parameter(
                "page_size", f"Items per page; {DEFAULT_SIZE} by default.", sizes
            ),
            _parameter(
                "after",
                "Continue behind the object with this id, newest first, at the same "
                "cost at any depth. Then `meta.page` is null.",
                {"type": "string", "format": "uuid"},
            ),
        ]


def _link(links: dict[str, str]) -> dict[str, str]:
    """The header `Link` with the relations for which there is room, `next` first."""
    parts = {name: f'<{address}>; rel="{name}"' for name, address in links.items()}
    for relation in ("last", "first", "prev", "next"):
        if sum(map(len, parts.values())) > LONGEST_LINK:
            parts.pop(relation, None)
    return {"Link": ", ".join(parts.values())} if parts else {}


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }
