"""The search: finds, ranks, counts and pages the matches of a text.

`customers/search/parts.py` has the statement's text and describes its parts.
"""

import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.sql.datastructures import BaseTable

from fluxrate.api.pagination import CountedPages, Page
from fluxrate.postgres.backend.base import fetch
from fluxrate.postgres.named_sql import NamedSQL
from fluxrate.postgres.prepared import PreparedStatement, Row

from .around import Around
from .parameters import parameters, positional
from .parts import Limits, Statement
from .sql import Rows
from .terms import Terms
from .values import Shape, TypoShape, Values, is_usual

COLUMNS = ["pk", "search_text", "organization_id", "name", "email", "external_id"]
# Stands for the part in the compiled queryset; no statement has this character.
MARK = "\0"

# At most this many matches are ranked and counted.
MAX_MATCHES = 10_000
# Matches are common if more than COMMON of a SAMPLE of the newest rows match. Then
# NEWEST_MATCHES among the NEWEST_ROWS are enough, or NEWEST_MATCHES_FILTERED with
# filters.
SAMPLE, COMMON, NEWEST_ROWS = 400, 12, 50_000
NEWEST_MATCHES, NEWEST_MATCHES_FILTERED = 1_000, 300
TYPO_CANDIDATES, TYPO_MATCHES, TYPO_MATCHES_FILTERED = 10_000, 500, 200
EXACT_MATCHES = 50
# A search over all organizations compares at most this many rows.
MAX_COMPARED = 40_000


def limits(*, is_narrowed: bool) -> Limits:
    return Limits(
        matches=MAX_MATCHES,
        sample=SAMPLE,
        common=COMMON,
        newest_rows=NEWEST_ROWS,
        newest_matches=NEWEST_MATCHES_FILTERED if is_narrowed else NEWEST_MATCHES,
        typo_candidates=TYPO_CANDIDATES,
        typo_matches=TYPO_MATCHES_FILTERED if is_narrowed else TYPO_MATCHES,
        exact_matches=EXACT_MATCHES,
        compared=MAX_COMPARED,
    )


class Sql(NamedTuple):
    """A text with %s, and the parameters in their order."""

    text: str
    parameters: list[object]


class Template:
    """The text of a statement with named parameters."""

    def __init__(self, text: str) -> None:
        self.text, self.parameters = text, parameters(text)
        page = f"{text} LIMIT %(size)s OFFSET %(start)s"
        self._pages = [PreparedStatement(page, prepare=each) for each in (False, True)]

    def bound(self, values: Values) -> Sql:
        by_name = values.bind(self.parameters)
        text, names = positional(self.text)
        return Sql(text, [by_name[name] for name in names])

    def page(self, *, prepare: bool) -> PreparedStatement:
        return self._pages[prepare]


@lru_cache(maxsize=500)
def template(
    part: str, shape: Shape, typo_shape: TypoShape, around: Around, limits: Limits
) -> Template:
    rows = Rows(around, is_global=shape.is_global)
    statement = Statement(shape, typo_shape, rows, limits)
    return Template(getattr(statement, part)())


def compile_around(queryset: QuerySet) -> tuple[Around, Mapping[str, object]]:
    """The text around a part, and the values of its named parameters.

    Raises EmptyResultSet if the queryset can have no rows.
    """
    query = queryset.order_by().values_list(*COLUMNS).query
    alias = query.get_initial_alias()
    query.alias_map[alias] = Part(query.alias_map[alias].table_name, alias)
    text, parameters = query.sql_with_params()
    named = NamedSQL.of(text, parameters, "rows")
    before, _, after = named.sql.partition(MARK)
    table = f'"{queryset.model._meta.db_table}"'
    return Around(table, before, after), named.values


class Part(BaseTable):
    """A subquery in the FROM of a query, under the name of the query's table."""

    def as_sql(
        self, compiler: Any, connection: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        alias = connection.ops.quote_name(self.table_alias)
        return f"({MARK}) AS {alias}", ()


class SearchStatement:
    """Raises EmptyResultSet if the rows are none."""

    def __init__(
        self,
        rows: QuerySet,
        terms: Terms,
        organization_id: uuid.UUID | None,
        limits: Limits,
        *,
        is_narrowed: bool,
    ) -> None:
        self.around, parameters = compile_around(rows)
        self.values = Values(terms, organization_id, parameters)
        self.shape = self.values.shape(is_narrowed=is_narrowed)
        self.limits = limits

    def ranked(self) -> Sql:
        return self._sql("ranked")

    def ids(self) -> Sql:
        return self._sql("ids")

    def page(self, part: str, *, start: int, size: int) -> list[Row]:
        """Rows of an id, the total, and whether there may be more; the part is
        `ranked`, `with_typo` or `infix`.
        """
        prepare = is_usual(self.shape, self._typo_shape(part))
        text = self._template(part)
        values = self.values.bind(text.parameters)
        page = text.page(prepare=prepare)
        return fetch(page, values | {"start": start, "size": size})

    def _sql(self, part: str) -> Sql:
        return self._template(part).bound(self.values)

    def _typo_shape(self, part: str) -> TypoShape:
        tolerates_typos = part in {"with_typo", "ids"}
        return self.values.typo_shape() if tolerates_typos else TypoShape()

    def _template(self, part: str) -> Template:
        typo_shape = self._typo_shape(part)
        return template(part, self.shape, typo_shape, self.around, self.limits)


class Search:
    """The rows that the terms match, best first: a value that a paginator reads.

    All rows belong to the organization; without one, they may belong to any.
    `is_narrowed` says whether filters leave some of these rows only.
    """

    def __init__(
        self,
        rows: QuerySet,
        terms: Terms,
        *,
        organization_id: uuid.UUID | None = None,
        is_narrowed: bool = False,
    ) -> None:
        self.rows, self.terms = rows, terms
        self.organization_id, self.is_narrowed = organization_id, is_narrowed

    def slice(self, start: int, stop: int) -> Page:
        """The matches from `start` up to, and not including, `stop`."""
        ids, total, is_exact = self.ids(start, stop)
        rows = self.rows.filter(pk__in=ids).order_by() if ids else ()
        by_id = {row.pk: row for row in rows}
        return Page([by_id[pk] for pk in ids if pk in by_id], total, is_exact)

    def ids(self, start: int, stop: int) -> Page:
        """The ids of the same matches."""
        try:
            statement = self.statement()
        except EmptyResultSet:
            return Page([], 0)
        page = self._read(statement, "ranked", start, stop)
        # Separate statements: rarely needed parts would take a third of the time.
        if not page.total and statement.values.typo_expression:
            page = self._read(statement, "with_typo", start, stop)
        if not page.total and statement.shape.is_global:
            page = self._read(statement, "infix", start, stop)
        is_exact = (
            page.is_exact and page.total <= MAX_MATCHES and statement.shape.keys > 0
        )
        return Page(page.rows, min(page.total, MAX_MATCHES), is_exact)

    def queryset(self) -> QuerySet:
        """The rows that match, in their own order."""
        try:
            sql = self.statement().ids()
        except EmptyResultSet:
            return self.rows.none()
        ids = RawSQL(sql.text, sql.parameters)  # noqa: S611
        return self.rows.filter(pk__in=ids)

    def ordered(self) -> "OrderedSearch":
        return OrderedSearch(self)

    def statement(self) -> SearchStatement:
        """The search in SQL; raises EmptyResultSet if nothing can match."""
        if not self.terms.is_searchable:
            raise EmptyResultSet
        return SearchStatement(
            self.rows,
            self.terms,
            self.organization_id,
            limits(is_narrowed=self.is_narrowed),
            is_narrowed=self.is_narrowed,
        )

    def _read(
        self, statement: SearchStatement, part: str, start: int, stop: int
    ) -> Page:
        """A page of ids, the total, and whether there may be more."""
        rows: list[Any] = statement.page(part, start=start, size=stop - start)
        if not rows and start:
            return self._read(statement, part, 0, 1)._replace(rows=[])
        total, is_cut = rows[0][1:] if rows else (0, False)
        return Page([row[0] for row in rows], total, not is_cut)


class OrderedSearch(CountedPages):
    """The matches in the order of the rows."""

    def __init__(self, search: Search) -> None:
        super().__init__(search.queryset())
        self.search = search

    def count(self) -> tuple[int, bool]:
        _, total, is_exact = self.search.ids(0, 1)
        return total, is_exact
