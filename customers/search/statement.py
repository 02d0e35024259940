"""The statement that finds, ranks, counts and pages the matches of a search.

It searches an organization's rows, narrowed by whatever filters, or all organizations'.
Of its parts, those that are not needed are never run:

* `newest` is a sample that tells whether the search matches often.
* `walked` are the newest matches, found by going through the rows from the newest on,
  where it does; if they are `enough`, they are taken, and `exact`, those that the
  search names outright, however old.
* `indexed` are all matches, by the index of keys, where they are not so many.
* `nearly` are candidates for one typo in a word, where nothing else was found, and
  `forgiven` those that it is. A page asks for them in a second statement.
"""

from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connections

from .keys import arms
from .sql import Sql
from .terms import Search, literally

# Matches are ranked and counted up to MOST; where more than OFTEN of a SAMPLE of rows
# match, the newest WALKED matches among the newest FAR rows are.
MOST, SAMPLE, OFTEN, WALKED, FAR = 10_000, 400, 12, 1_000, 50_000
CANDIDATES, FORGIVEN, NAMED = 10_000, 500, 50
# The ranks of what begins with the text, has its words, or only letters like it.
TYPO = 7

# A part that is merged with its readers: copying ten thousand rows takes 2 ms.
MERGED = "NOT MATERIALIZED"
COLUMNS = ["pk", "search_text", "organization_id", "name", "email", "external_id"]
BASE = "base (id, search_text, owner_id, name, email, external_id)"
# Whether a row has all keys that some texts share: the same expression as the index's.
HAS_KEYS = (
    "customer_search_keys(owner_id, search_text) @> customer_search_terms(owner.id, %s)"
)


class Found(NamedTuple):
    """A page of ids, best first; `total` is a bound where it is not exact."""

    ids: list[Any]
    total: int
    is_exact: bool


def find(queryset: Any, search: Search, start: int, stop: int) -> Found:
    """The matches from `start` up to, and not including, `stop`."""
    found = _find(queryset, search, start, stop, forgiving=False)
    if not found.total and search.expressions():
        # Apart, as planning for what is seldom needed takes a third of the time.
        return _find(queryset, search, start, stop, forgiving=True)
    return found


def _find(
    queryset: Any, search: Search, start: int, stop: int, *, forgiving: bool
) -> Found:
    try:
        sql = page(queryset, search, start, stop, forgiving=forgiving)
    except EmptyResultSet:
        return Found([], 0, is_exact=True)
    with connections[queryset.db].cursor() as cursor:
        cursor.execute(sql.text, sql.parameters)
        rows = cursor.fetchall()
    if not rows and start:
        return _find(queryset, search, 0, 1, forgiving=forgiving)._replace(ids=[])
    total, is_cut = rows[0][1:] if rows else (0, False)
    is_exact = total <= MOST and search.is_indexed and not is_cut
    return Found([row[0] for row in rows], min(total, MOST), is_exact)


def page(
    queryset: Any, search: Search, start: int, stop: int, *, forgiving: bool = True
) -> Sql:
    """Rows of an id, the number of all matches, and whether there may be more."""
    matches = Matches(queryset, search, forgiving=forgiving)
    sql = matches.sql().add("SELECT id, count(*) OVER (), (SELECT enough FROM walk)")
    # In this order: who has found enough does not read all candidates.
    for part, most in ("forgiven", FORGIVEN), ("nearly", CANDIDATES):
        sql.add(f" OR (SELECT count(*) FROM {part}) >= {most}")
    sql.add(" FROM ranked ORDER BY rank, id DESC")
    return sql.add(" LIMIT %s OFFSET %s", stop - start, start)


def ids(queryset: Any, search: Search) -> Sql:
    """The ids of all matches, as a subquery."""
    matches = Matches(queryset, search, forgiving=True)
    return matches.sql().add("SELECT id FROM ranked")


def rows_of(queryset: Any) -> Sql:
    """The rows to search, for a FROM; raises EmptyResultSet where there can be none."""
    rows = queryset.order_by().values_list(*COLUMNS)
    text, parameters = rows.query.sql_with_params()
    return Sql(f"({text}) AS {BASE}", *parameters)


class Matches:
    """The parts of the statement, each of which may read those before it."""

    def __init__(self, queryset: Any, search: Search, *, forgiving: bool) -> None:
        self.search = search
        self.expressions = search.expressions() if forgiving else []
        self.patterns = search.patterns()
        self.owner = queryset.owner()
        self.base = rows_of(queryset)
        self.of_any_owner = rows_of(queryset.of_any_owner())

    def sql(self) -> Sql:
        parts = [
            _named("newest", self._newest(SAMPLE)),
            _named("sample", self._sample()),
            _named("walked", self._walked()),
            _named("walk", Sql(f"SELECT count(*) >= {WALKED} AS enough FROM walked")),
            _named("exact", self._exact()),
            _named("indexed", self._indexed()),
            _named("found", self._found(), MERGED),
            _named("nearly", self._nearly()),
            _named("forgiven", self._forgiven()),
            _named("ranked", self._ranked(), MERGED),
        ]
        return Sql("WITH ").join(", ", parts).add(" ")

    def _newest(self, most: int) -> Sql:
        return (
            Sql("SELECT id, search_text FROM ")
            .put(self.base)
            .add(f" ORDER BY id DESC LIMIT {most}")
        )

    def _sample(self) -> Sql:
        if not self.search.is_indexed:
            return Sql("SELECT true AS often")
        sql = Sql(f"SELECT count(*) > {OFTEN} AS often FROM newest WHERE true")
        return sql.fits("search_text", self.patterns)

    def _indexed(self) -> Sql:
        if not self.search.is_indexed:
            return Sql("SELECT walked.* FROM walked, walk WHERE NOT enough")
        return self._by_keys(self.patterns, unless="SELECT FROM walk WHERE enough")

    def _by_keys(self, patterns: list[list[str]], *, unless: str) -> Sql:
        """The rows that fit the patterns, found by the keys that their owner gives.

        Where no one owns all the rows, each organization is asked in turn. The fence
        that OFFSET is keeps the planner from anything but the index of keys: the owner,
        whose rows may be half the table, is compared outside.
        """
        sql = Sql("SELECT matching.id, search_text FROM ")
        if self.owner is None:
            sql.add("(SELECT id FROM organizations_organization)")
        else:
            sql.add("(SELECT %s::uuid)", self.owner)
        sql.add(" AS owner (id) CROSS JOIN LATERAL (SELECT * FROM ")
        sql.put(self.of_any_owner).add(f" WHERE NOT EXISTS ({unless}) AND (")
        sql.join(" OR ", [Sql(HAS_KEYS, texts) for texts in arms(patterns)])
        sql.add(")").fits("search_text", patterns)
        return sql.add(" OFFSET 0) AS matching WHERE owner_id = owner.id")

    def _walked(self) -> Sql:
        sql = Sql("SELECT * FROM (").put(self._newest(FAR))
        sql.add(") AS far WHERE (SELECT often FROM sample)")
        return sql.fits("search_text", self.patterns).add(f" LIMIT {WALKED}")

    def _exact(self) -> Sql:
        """Who has exactly this name, email, external_id or id, by their own indexes."""
        text = self.search.text
        cases = sorted({text, text.lower(), text.upper(), text.title()})
        sql = Sql("SELECT id, search_text FROM ").put(self.base)
        sql.add(" WHERE (SELECT enough FROM walk) AND (name = ANY (%s)", cases)
        sql.add(" OR upper(email) = upper(%s) OR external_id = %s)", text, text)
        sql.add(f" LIMIT {NAMED}")
        if self.search.id:
            by_id = Sql("SELECT id, search_text FROM ").put(self.base)
            by_id.add(" WHERE id = %s", self.search.id)
            return Sql("(").put(sql).add(") UNION ALL (").put(by_id).add(")")
        return sql

    def _found(self) -> Sql:
        # An id may stand in other fields, too.
        union = "UNION" if self.search.id else "UNION ALL"
        return Sql(
            f"(SELECT * FROM indexed LIMIT {MOST + 1}) {union}"
            " (SELECT walked.* FROM walked, walk WHERE enough"
            " UNION SELECT * FROM exact)"
        )

    def _nearly(self) -> Sql:
        if not self.expressions:
            return _none()
        patterns = self.search.forgiving()
        sql = self._by_keys(patterns, unless="SELECT FROM found")
        return sql.add(f" LIMIT {CANDIDATES}")

    def _forgiven(self) -> Sql:
        sql = Sql("SELECT id FROM nearly WHERE true")
        for expression in self.expressions:
            # Where the planner sees an expression, it compiles it: 3 ms, used or not.
            sql.add(" AND search_text ~ (SELECT %s)", expression)
        return sql.add(f" LIMIT {FORGIVEN}")

    def _ranked(self) -> Sql:
        """How well each row matches: 0 is best."""
        query = literally(self.search.query)
        terms = [literally(term) for term in self.search.terms]
        # Nested, so that most rows are compared with three patterns and not with six.
        sql = Sql("SELECT id, CASE WHEN false")
        if self.search.id:
            sql.add(" OR id = %s", self.search.id)
        if self.search.digits:
            sql.add(" OR search_text LIKE %s", f"%\n{self.search.digits}")
        sql.add(" THEN 0 WHEN search_text LIKE %s THEN CASE", f"%\n{query}%")
        sql.add(" WHEN search_text LIKE %s THEN 0", f"%\n{query}\n%")
        sql.add(" WHEN search_text LIKE %s THEN 1", f"\n{query} %")
        sql.add(" WHEN search_text LIKE %s THEN 2 ELSE 3 END", f"\n{query}%")
        sql.add(" WHEN true").fits("search_text", [[f"% {each}%"] for each in terms])
        sql.add(" THEN CASE WHEN true")
        sql.fits("search_text", [[f"% {each} %"] for each in terms])
        sql.add(" THEN 4 ELSE 5 END ELSE 6 END AS rank FROM found")
        return sql.add(f" UNION ALL SELECT id, {TYPO} FROM forgiven")


def _named(name: str, part: Sql, how: str = "MATERIALIZED") -> Sql:
    return Sql(f"{name} AS {how} (").put(part).add(")")


def _none() -> Sql:
    return Sql("SELECT id, search_text FROM newest WHERE false")
