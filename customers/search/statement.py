"""The statement that finds, ranks, counts and pages the matches of a search.

It searches an organization's rows, narrowed by whatever filters, or all organizations'.
Of its parts, those that are not needed are never run:

* `newest` is a sample that tells whether the search matches often, and whether the
  filters leave fewer rows than it does.
* `walked` are the newest matches, found by going through the rows from the newest on,
  where it does; if they are `enough`, they are taken, and `exact`, those that the
  search names outright, however old.
* `indexed` are all matches, by the index of keys, where they are not so many.
* `narrowed` are the same, by the indexes of the filters, where these leave fewer.
* `nearly` are candidates for one typo in a word, where nothing else was found, and
  `forgiven` those that it is. A page asks for them in a second statement.
* `inside` are rows among the newest with the letters inside of words, which an index
  finds within an organization only. A page asks for them in a third.
"""

import uuid
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from fluxrate.api.pagination import CountedPages, Page

from . import everywhere
from .folding import SORTED_LETTERS
from .keys import arms
from .rows import Rows
from .sql import Sql
from .terms import Terms, literally

# Matches are ranked and counted up to MOST; where more than OFTEN of a SAMPLE of rows
# match, the newest WALKED matches among the newest FAR rows are.
MOST, SAMPLE, OFTEN, WALKED, FAR = 10_000, 400, 12, 1_000, 50_000
# Where filters narrow the rows, the way to as many matches is longer.
WALKED_NARROWED, FORGIVEN_NARROWED = 300, 200
CANDIDATES, FORGIVEN, NAMED = 10_000, 500, 50
# Rows of all organizations that one search compares.
READ = 40_000

# A part that is merged with its readers: copying ten thousand rows takes 2 ms.
MERGED = "NOT MATERIALIZED"
# Whether a row has all keys that some texts share, or all or one of some keys that
# belong to no organization: the same expressions as the index's.
HAS_KEYS = (
    "customer_search_keys(organization_id, search_text)"
    " @> customer_search_terms(%s::uuid, %s)"
)
HAS_ALL = "customer_search_everywhere(search_text) @> customer_search_hashes(%s)"
HAS_ONE = "customer_search_everywhere(search_text) && customer_search_hashes(%s)"


SORTED_NAME = f'left(customer_fold(name), {SORTED_LETTERS}) COLLATE "C"'


class Search:
    """The customers that the terms match, best first: a value for a paginator.

    `rows` are searched; they belong to the organization, or to all where it is None.
    `is_narrowed` says whether filters leave fewer rows than the organization's.
    """

    def __init__(
        self,
        rows: QuerySet[Any],
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
        """The ids of a page."""
        try:
            statement = self.statement()
        except EmptyResultSet:
            return Page([], 0)
        with connections[self.rows.db].cursor() as cursor:
            page = _page(cursor, statement.ranked(), start, stop)
            # Apart, as planning for what is seldom needed takes a third of the time.
            if not page.total and self.terms.expressions():
                page = _page(cursor, statement.forgiven(), start, stop)
            if not page.total and statement.is_everywhere:
                page = _page(cursor, statement.inside(), start, stop)
        is_exact = page.is_exact and page.total <= MOST and statement.is_indexed
        return Page(page.rows, min(page.total, MOST), is_exact)

    def queryset(self) -> QuerySet[Any]:
        """The rows that match, in their own order."""
        try:
            sql = self.statement().ids()
        except EmptyResultSet:
            return self.rows.none()
        ids = RawSQL(sql.text, sql.parameters)  # noqa: S611
        return self.rows.filter(pk__in=ids)

    def ordered(self) -> CountedPages:
        """The matches in the order of the rows."""
        return OrderedSearch(self)

    def statement(self) -> "Matches":
        if not self.terms.is_searchable:
            raise EmptyResultSet
        return Matches(self)


class OrderedSearch(CountedPages):
    """The matches in another order than the best first."""

    def __init__(self, search: Search) -> None:
        super().__init__(search.queryset())
        self.search = search

    def count(self) -> tuple[int, bool]:
        _, total, is_exact = self.search.ids(0, 1)
        return total, is_exact


def _page(cursor: Any, matches: Sql, start: int, stop: int) -> Page:
    """Asks for a page of rows of an id, the number of all, and whether that is cut."""
    cursor.execute(
        f"{matches.text} LIMIT {stop - start} OFFSET {start}", matches.parameters
    )
    rows = cursor.fetchall()
    if not rows and start:
        return _page(cursor, matches, 0, 1)._replace(rows=[])
    total, is_cut = rows[0][1:] if rows else (0, False)
    return Page([row[0] for row in rows], total, not is_cut)


class Matches:
    """What a search finds, as statements."""

    def __init__(self, search: Search) -> None:
        self.search = search.terms
        self.patterns = self.search.patterns()
        self.rows = Rows(search.rows, search.organization_id)
        self.is_narrowed = search.is_narrowed
        self.walked = WALKED_NARROWED if self.is_narrowed else WALKED
        self.most_forgiven = FORGIVEN_NARROWED if self.is_narrowed else FORGIVEN
        self.is_everywhere = search.organization_id is None

    def ranked(self) -> Sql:
        """Best first: the id of each match, the number of all, and whether there may be
        more. Typos are not forgiven.
        """
        sql = Sql("WITH ").join(", ", self._found())
        sql.add(" SELECT id, count(*) OVER (), (SELECT enough FROM walk)")
        if self.is_everywhere and self.is_indexed:
            sql.add(f" OR NOT ({self._is_named()}) AND ")
            sql.put(self.rows.has_many(self._keys(self.patterns), READ))
        sql.add(" FROM (").put(self._rank())
        return sql.add(") AS ranked ORDER BY rank, further DESC, id DESC")

    def forgiven(self) -> Sql:
        """The same of what a typo finds, to be asked where nothing else was found."""
        sql = Sql("WITH ").join(", ", self._nearly())
        # In this order: who has found enough does not read all candidates.
        sql.add(" SELECT id, count(*) OVER (), ")
        sql.add(f"count(*) OVER () >= {self.most_forgiven} OR ")
        if self.is_everywhere:
            sql.put(self.rows.has_many(self._keys_nearly(), READ))
        else:
            sql.add(f"(SELECT count(*) FROM nearly) >= {CANDIDATES}")
        return sql.add(" FROM forgiven ORDER BY id DESC")

    def inside(self) -> Sql:
        """The same of the newest rows, by going through them."""
        sql = self._inside("true").add(f" LIMIT {WALKED}")
        sql = Sql("WITH inside AS MATERIALIZED (").put(sql)
        return sql.add(
            ") SELECT id, count(*) OVER (), true FROM inside ORDER BY id DESC"
        )

    def ids(self) -> Sql:
        """The ids of all matches, as a subquery."""
        parts = [*self._found(), *self._nearly(unless="SELECT FROM found")]
        sql = Sql("WITH ").join(", ", parts)
        sql.add(" SELECT id FROM found UNION ALL SELECT id FROM forgiven")
        if self.is_everywhere:
            nothing = (
                "NOT EXISTS (SELECT FROM found) AND NOT EXISTS (SELECT FROM forgiven)"
            )
            sql.add(" UNION ALL (SELECT id FROM (").put(self._inside(nothing))
            sql.add(f" LIMIT {WALKED}) AS inside)")
        return sql

    @property
    def is_indexed(self) -> bool:
        """Whether the terms have keys, without which no index helps."""
        if self.is_everywhere:
            return bool(self.search.keys_everywhere())
        return bool(arms(self.patterns))

    def _found(self) -> list[Sql]:
        return [
            _cte("newest", self.rows.owner_newest(SAMPLE)),
            _cte("sample", self._sample()),
            _cte("walked", self._walked()),
            _cte(
                "walk", Sql(f"SELECT count(*) >= {self.walked} AS enough FROM walked")
            ),
            _cte("exact", self._exact()),
            _cte("choice", self._choice()),
            _cte("indexed", self._indexed()),
            _cte("narrowed", self._narrowed()),
            _cte("found", self._all(), MERGED),
        ]

    def _nearly(self, *, unless: str = "") -> list[Sql]:
        expressions = self.search.expressions()
        if expressions:
            patterns = self.search.forgiving()
            keys = self._keys_nearly() if self.is_everywhere else self._keys(patterns)
            nearly = self._matching(keys, patterns, unless)
        else:
            nearly = Sql("SELECT id, search_text FROM newest WHERE false")
        forgiven = Sql("SELECT id FROM nearly WHERE true")
        for expression in expressions:
            # Where the planner sees an expression, it compiles it: 3 ms, used or not.
            forgiven.add(" AND search_text ~ (SELECT %s)", expression)
        return [
            _cte("nearly", nearly.add(f" LIMIT {CANDIDATES}")),
            _cte("forgiven", forgiven.add(f" LIMIT {self.most_forgiven}")),
        ]

    def _sample(self) -> Sql:
        if not self.is_indexed:
            return Sql(f"SELECT true AS often, {SAMPLE} AS matching")
        sql = Sql(f"SELECT count(*) > {OFTEN} AS often, count(*) AS matching")
        return sql.add(" FROM newest WHERE true").fits("search_text", self.patterns)

    def _choice(self) -> Sql:
        """Whether to read the rows that the filters leave, as those are fewer."""
        if not (self.is_narrowed and self.is_indexed):
            return Sql("SELECT false AS by_filters")
        sql = Sql("SELECT often AND NOT enough AND (SELECT count(*) FROM ")
        sql.put(self.rows.newest(SAMPLE, Sql("(SELECT often FROM sample)")))
        return sql.add(") < matching AS by_filters FROM sample, walk")

    def _indexed(self) -> Sql:
        if not self.is_indexed:
            return Sql(
                "SELECT walked.* FROM walked, walk, choice"
                " WHERE NOT enough AND NOT by_filters"
            )
        unless = (
            f"SELECT FROM walk, choice WHERE enough OR by_filters OR {self._is_named()}"
        )
        return self._matching(self._keys(self.patterns), self.patterns, unless)

    def _is_named(self) -> str:
        """Whether `exact` is all that a search over all organizations is after."""
        if self.is_everywhere and self.search.is_code:
            return "EXISTS (SELECT FROM exact)"
        return "false"

    def _narrowed(self) -> Sql:
        sql = Sql("SELECT id, search_text FROM ").put(self.rows.all())
        sql.add(" WHERE (SELECT by_filters FROM choice)")
        return sql.fits("search_text", self.patterns)

    def _keys(self, patterns: list[list[str]]) -> Sql:
        """Whether a row has the keys that its organization gives, or those that belong
        to none.
        """
        if self.is_everywhere:
            either = [Sql(HAS_ALL, each) for each in self.search.keys_everywhere()]
        else:
            owner = self.rows.owner
            either = [Sql(HAS_KEYS, owner, texts) for texts in arms(patterns)]
        return Sql("(").join(" OR ", either).add(")")

    def _keys_nearly(self) -> Sql:
        every = self.search.nearly_everywhere()
        return Sql("(").join(" AND ", [Sql(HAS_ONE, each) for each in every]).add(")")

    def _matching(self, keys: Sql, patterns: list[list[str]], unless: str = "") -> Sql:
        """The rows with keys that fit the patterns. Of all organizations' only READ
        rows are compared: numbers that begin alike may have a third of them.
        """
        if unless:
            keys.add(f" AND NOT EXISTS ({unless})")
        most = READ if self.is_everywhere else None
        sql = Sql("SELECT id, search_text FROM ").put(self.rows.where(keys, most))
        return sql.add(" WHERE true").fits("search_text", patterns)

    def _walked(self) -> Sql:
        sql = Sql("SELECT id, search_text FROM ")
        sql.put(self.rows.newest(FAR, Sql("(SELECT often FROM sample)")))
        sql.add(" WHERE true").fits("search_text", self.patterns)
        return sql.add(f" ORDER BY id DESC LIMIT {self.walked}")

    def _inside(self, condition: str) -> Sql:
        sql = Sql("SELECT id FROM ").put(self.rows.newest(FAR, Sql(condition)))
        return sql.add(" WHERE true").fits("search_text", self.patterns)

    def _exact(self) -> Sql:
        """Who has exactly this name, email, external_id, phone or id, however old."""
        if not self.search.ids:
            return self._named()
        by_id = Sql("SELECT id, search_text FROM ").put(self.rows.all())
        by_id.add(" WHERE id BETWEEN %s AND %s", *self.search.ids)
        by_id.add(f" ORDER BY id DESC LIMIT {MOST + 1}")
        return Sql("(").put(self._named()).add(") UNION ALL (").put(by_id).add(")")

    def _named(self) -> Sql:
        """By the indexes that an organization has, or by keys that belong to none."""
        text, query = self.search.text, self.search.query
        if self.is_everywhere:
            keys = [Sql(HAS_ALL, [everywhere.whole(query)])]
            if self.search.digits:
                end = everywhere.end_of_phone(self.search.digits)
                keys.append(Sql(HAS_ALL, [end]))
            condition = Sql("(").join(" OR ", keys).add(")")
            named = self._matching(condition, self.patterns)
            return named.add(f" LIMIT {MOST + 1}")
        sql = Sql("SELECT id, search_text FROM ").put(self.rows.all())
        sql.add(" WHERE (SELECT enough FROM walk) AND (")
        sql.add(f"{SORTED_NAME} = %s", query[:SORTED_LETTERS])
        sql.add(" OR upper(email) = upper(%s) OR external_id = %s)", text, text)
        return sql.add(f" LIMIT {NAMED}")

    def _all(self) -> Sql:
        # What is named outright may be found otherwise, too.
        is_named = self.search.ids or self.is_everywhere
        union = "UNION" if is_named else "UNION ALL"
        return Sql(
            f"(SELECT * FROM indexed LIMIT {MOST + 1}) UNION ALL"
            f" (SELECT * FROM narrowed LIMIT {MOST + 1}) {union}"
            " (SELECT walked.* FROM walked, walk WHERE enough"
            " UNION SELECT * FROM exact)"
        )

    def _rank(self) -> Sql:
        """How well each row matches: 0 is best."""
        query = literally(self.search.query)
        terms = [literally(term) for term in self.search.terms]
        # Nested, so that most rows are compared with three patterns and not with six.
        sql = Sql("SELECT id, CASE WHEN false")
        if self.search.ids:
            sql.add(" OR id BETWEEN %s AND %s", *self.search.ids)
        for digits in filter(None, (self.search.digits, self.search.national)):
            sql.add(" OR search_text LIKE %s", f"%\n{digits}")
        sql.add(" THEN 0 WHEN search_text LIKE %s THEN CASE", f"%\n{query}%")
        sql.add(" WHEN search_text LIKE %s THEN 0", f"%\n{query}\n%")
        sql.add(" WHEN search_text LIKE %s THEN 1", f"\n{query} %")
        sql.add(" WHEN search_text LIKE %s THEN 2 ELSE 3 END", f"\n{query}%")
        sql.add(" WHEN true").fits("search_text", [[f"% {each}%"] for each in terms])
        sql.add(" THEN CASE WHEN true")
        sql.fits("search_text", [[f"% {each} %"] for each in terms])
        sql.add(" THEN 4 ELSE 5 END ELSE 6 END AS rank, 0")
        for each in self.search.further:
            sql.add(" + (search_text LIKE %s)::int", f"%{literally(each)}%")
        return sql.add(" AS further FROM found")


def _cte(name: str, part: Sql, how: str = "MATERIALIZED") -> Sql:
    return Sql(f"{name} AS {how} (").put(part).add(")")
