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
"""

from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connections

from .keys import arms
from .rows import Rows
from .sql import Sql
from .terms import Search, literally

# Matches are ranked and counted up to MOST; where more than OFTEN of a SAMPLE of rows
# match, the newest WALKED matches among the newest FAR rows are.
MOST, SAMPLE, OFTEN, WALKED, FAR = 10_000, 400, 12, 1_000, 50_000
# Where filters narrow the rows, the walk to as many matches is longer.
WALKED_NARROWED = 300
CANDIDATES, FORGIVEN, NAMED = 10_000, 500, 50

# A part that is merged with its readers: copying ten thousand rows takes 2 ms.
MERGED = "NOT MATERIALIZED"
# Whether a row has all keys that some texts share: the same expression as the index's.
HAS_KEYS = (
    "customer_search_keys(organization_id, search_text)"
    " @> customer_search_terms({owner}, %s)"
)


class Found(NamedTuple):
    """A page of ids, best first; `total` is a bound where it is not exact."""

    ids: list[Any]
    total: int
    is_exact: bool


def find(queryset: Any, search: Search, start: int, stop: int) -> Found:
    """The matches from `start` up to, and not including, `stop`."""
    try:
        matches = Matches(queryset, search)
    except EmptyResultSet:
        return Found([], 0, is_exact=True)
    with connections[queryset.db].cursor() as cursor:
        found = _page(cursor, matches.ranked(), start, stop)
        # Apart, as planning for what is seldom needed takes a third of the time.
        if not found.total and search.expressions():
            found = _page(cursor, matches.forgiven(), start, stop)
    is_exact = found.is_exact and found.total <= MOST and search.is_indexed
    return Found(found.ids, min(found.total, MOST), is_exact)


def _page(cursor: Any, matches: Sql, start: int, stop: int) -> Found:
    """Asks for a page of rows of an id, the number of all, and whether that is cut."""
    cursor.execute(
        f"{matches.text} LIMIT {stop - start} OFFSET {start}", matches.parameters
    )
    rows = cursor.fetchall()
    if not rows and start:
        return _page(cursor, matches, 0, 1)._replace(ids=[])
    total, is_cut = rows[0][1:] if rows else (0, False)
    return Found([row[0] for row in rows], total, not is_cut)


class Matches:
    """What a search finds among the rows of a queryset, as statements."""

    def __init__(self, queryset: Any, search: Search) -> None:
        self.search = search
        self.patterns = search.patterns()
        self.rows = Rows(queryset)
        self.walked = WALKED_NARROWED if self.rows.is_narrowed else WALKED

    def ranked(self) -> Sql:
        """Best first: the id of each match, the number of all, and whether there may be
        more. Typos are not forgiven.
        """
        sql = Sql("WITH ").join(", ", self._found())
        sql.add(" SELECT id, count(*) OVER (), (SELECT enough FROM walk) FROM (")
        return sql.put(self._rank()).add(") AS ranked ORDER BY rank, id DESC")

    def forgiven(self) -> Sql:
        """The same of what a typo finds, to be asked where nothing else was found."""
        sql = Sql("WITH ").join(", ", self._nearly())
        # In this order: who has found enough does not read all candidates.
        sql.add(f" SELECT id, count(*) OVER (), count(*) OVER () >= {FORGIVEN}")
        sql.add(f" OR (SELECT count(*) FROM nearly) >= {CANDIDATES}")
        return sql.add(" FROM forgiven ORDER BY id DESC")

    def ids(self) -> Sql:
        """The ids of all matches, as a subquery."""
        parts = [*self._found(), *self._nearly(unless="SELECT FROM found")]
        sql = Sql("WITH ").join(", ", parts)
        return sql.add(" SELECT id FROM found UNION ALL SELECT id FROM forgiven")

    def _found(self) -> list[Sql]:
        return [
            _named("newest", self.rows.owner_newest(SAMPLE)),
            _named("sample", self._sample()),
            _named("walked", self._walked()),
            _named(
                "walk", Sql(f"SELECT count(*) >= {self.walked} AS enough FROM walked")
            ),
            _named("exact", self._exact()),
            _named("choice", self._choice()),
            _named("indexed", self._indexed()),
            _named("narrowed", self._narrowed()),
            _named("found", self._all(), MERGED),
        ]

    def _nearly(self, *, unless: str = "") -> list[Sql]:
        expressions = self.search.expressions()
        if expressions:
            nearly = self._by_keys(self.search.forgiving(), unless=unless)
        else:
            nearly = Sql("SELECT id, search_text FROM newest WHERE false")
        forgiven = Sql("SELECT id FROM nearly WHERE true")
        for expression in expressions:
            # Where the planner sees an expression, it compiles it: 3 ms, used or not.
            forgiven.add(" AND search_text ~ (SELECT %s)", expression)
        return [
            _named("nearly", nearly.add(f" LIMIT {CANDIDATES}")),
            _named("forgiven", forgiven.add(f" LIMIT {FORGIVEN}")),
        ]

    def _sample(self) -> Sql:
        if not self.search.is_indexed:
            return Sql(f"SELECT true AS often, {SAMPLE} AS matching")
        sql = Sql(f"SELECT count(*) > {OFTEN} AS often, count(*) AS matching")
        return sql.add(" FROM newest WHERE true").fits("search_text", self.patterns)

    def _choice(self) -> Sql:
        """Whether to read the rows that the filters leave, as those are fewer."""
        if not self.rows.is_narrowed:
            return Sql("SELECT false AS by_filters")
        sql = Sql("SELECT often AND NOT enough AND (SELECT count(*) FROM ")
        sql.put(self.rows.newest(SAMPLE, Sql("(SELECT often FROM sample)")))
        return sql.add(") < matching AS by_filters FROM sample, walk")

    def _indexed(self) -> Sql:
        if not self.search.is_indexed:
            return Sql(
                "SELECT walked.* FROM walked, walk, choice"
                " WHERE NOT enough AND NOT by_filters"
            )
        unless = "SELECT FROM walk, choice WHERE enough OR by_filters"
        return self._by_keys(self.patterns, unless=unless)

    def _narrowed(self) -> Sql:
        sql = Sql("SELECT id, search_text FROM ").put(self.rows.all())
        sql.add(" WHERE (SELECT by_filters FROM choice)")
        return sql.fits("search_text", self.patterns)

    def _by_keys(self, patterns: list[list[str]], *, unless: str = "") -> Sql:
        """The rows that fit the patterns, by the keys that their organization gives.

        Where no one owns all the rows, each organization is asked in turn.
        """
        if self.rows.owner is not None:
            keys = _have_keys(patterns, Sql("%s::uuid", self.rows.owner), unless)
            sql = Sql("SELECT id, search_text FROM ").put(self.rows.where(keys))
            sql.add(" WHERE true")
        else:
            keys = _have_keys(patterns, Sql("asked.id"), unless)
            sql = Sql("SELECT base.id, search_text FROM organizations_organization")
            sql.add(" AS asked CROSS JOIN LATERAL ").put(self.rows.where(keys))
            sql.add(" WHERE owner_id = asked.id")
        return sql.fits("search_text", patterns)

    def _walked(self) -> Sql:
        sql = Sql("SELECT id, search_text FROM ")
        sql.put(self.rows.newest(FAR, Sql("(SELECT often FROM sample)")))
        sql.add(" WHERE true").fits("search_text", self.patterns)
        return sql.add(f" ORDER BY id DESC LIMIT {self.walked}")

    def _exact(self) -> Sql:
        """Who has exactly this name, email, external_id or id, by their own indexes."""
        text = self.search.text
        cases = sorted({text, text.lower(), text.upper(), text.title()})
        sql = Sql("SELECT id, search_text FROM ").put(self.rows.all())
        sql.add(" WHERE (SELECT enough FROM walk) AND (name = ANY (%s)", cases)
        sql.add(" OR upper(email) = upper(%s) OR external_id = %s)", text, text)
        sql.add(f" LIMIT {NAMED}")
        if self.search.id:
            by_id = Sql("SELECT id, search_text FROM ").put(self.rows.all())
            by_id.add(" WHERE id = %s", self.search.id)
            return Sql("(").put(sql).add(") UNION ALL (").put(by_id).add(")")
        return sql

    def _all(self) -> Sql:
        # An id may stand in other fields, too.
        union = "UNION" if self.search.id else "UNION ALL"
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
        return sql.add(" THEN 4 ELSE 5 END ELSE 6 END AS rank FROM found")


def _have_keys(patterns: list[list[str]], owner: Sql, unless: str) -> Sql:
    sql = Sql("(").join(" OR ", [_has_keys(owner, each) for each in arms(patterns)])
    return sql.add(f") AND NOT EXISTS ({unless})" if unless else ")")


def _has_keys(owner: Sql, texts: list[str]) -> Sql:
    before, after = HAS_KEYS.split("{owner}")
    return Sql(before).put(owner).add(after, texts)


def _named(name: str, part: Sql, how: str = "MATERIALIZED") -> Sql:
    return Sql(f"{name} AS {how} (").put(part).add(")")
