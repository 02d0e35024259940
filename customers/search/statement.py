"""The one statement that finds, ranks, counts and pages the matches of a search.

`base` are the rows to search: an organization's, narrowed by whatever filters. Of its
parts, those that are not needed are never run:

* `newest` is a sample that tells whether the search matches often.
* `indexed` are all matches, by the trigram index, where they are not many.
* `walked` are the newest matches, found by going through the rows from the newest on,
  where they are; `exact` are those that the search names outright, however old.
* `nearly` are candidates for one typo in a word, where nothing else was found.
"""

from itertools import chain
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connections

from .keys import arms
from .terms import Search, literally

# Whether a row of `base` has all the keys of a pair of texts. The same expression as
# the index's; computed for a row, it costs as much as a hundred comparisons.
HAS_KEYS = (
    "customer_search_keys(owner_id, search_text)"
    " @> customer_search_terms(owner.id, %s, %s)"
)

# Matches are ranked and counted up to MOST; where more than OFTEN of a SAMPLE of rows
# match, the newest WALKED matches among the newest FAR rows are.
MOST, SAMPLE, OFTEN, WALKED, FAR = 10_000, 400, 12, 1_000, 50_000
CANDIDATES, FORGIVEN = 10_000, 500
# The ranks of what begins with the text, has its words, or only letters like it.
TYPO = 7


class Found(NamedTuple):
    """A page of ids, best first; `total` is a bound where it is not exact."""

    ids: list[Any]
    total: int
    is_exact: bool


class Sql:
    """Pieces of SQL, and the parameters they hold, in the same order."""

    def __init__(self) -> None:
        self.text = ""
        self.parameters: list[Any] = []

    def add(self, text: str, *parameters: Any) -> "Sql":
        self.text += text
        self.parameters += parameters
        return self

    def fits(self, column: str, patterns: list[list[str]]) -> "Sql":
        """AND one of each list of patterns fits the column."""
        for either in patterns:
            likes = " OR ".join([f"{column} LIKE %s"] * len(either))
            self.add(f" AND ({likes})", *either)
        return self


def find(queryset: Any, search: Search, start: int, stop: int) -> Found:
    """The matches from `start` up to, and not including, `stop`."""
    try:
        sql = page(queryset, search, start, stop)
    except EmptyResultSet:
        return Found([], 0, is_exact=True)
    with connections[queryset.db].cursor() as cursor:
        cursor.execute(sql.text, sql.parameters)
        rows = cursor.fetchall()
    if not rows and start:
        return find(queryset, search, 0, 1)._replace(ids=[])
    total, walked = (rows[0][1], rows[0][2]) if rows else (0, 0)
    is_exact = walked < WALKED and total <= MOST and search.is_indexed
    return Found([row[0] for row in rows], min(total, MOST), is_exact)


def page(queryset: Any, search: Search, start: int, stop: int) -> Sql:
    """Rows of an id, the number of all matches, and of those by walking."""
    return _matches(queryset, search).add(
        "SELECT id, count(*) OVER (), (SELECT count(*) FROM walked) FROM ranked"
        " ORDER BY rank, id DESC LIMIT %s OFFSET %s",
        stop - start,
        start,
    )


def ids(queryset: Any, search: Search) -> tuple[str, list[Any]]:
    """The ids of all matches, as a subquery."""
    sql = _matches(queryset, search).add("SELECT id FROM ranked")
    return f"({sql.text})", sql.parameters


def _matches(queryset: Any, search: Search) -> Sql:
    base, sql = _base(queryset), Sql().add("WITH ")
    _sample(sql, base, search)
    _indexed(sql, queryset, search)
    _walked(sql, base, search)
    _exact(sql, queryset, search)
    sql.add(f"found AS NOT MATERIALIZED ((SELECT * FROM indexed LIMIT {MOST + 1}) ")
    # An id may stand in other fields, too.
    union = "UNION" if search.id else "UNION ALL"
    sql.add(f"{union} (SELECT * FROM walked UNION SELECT * FROM exact)), ")
    _nearly(sql, queryset, search)
    _ranked(sql, search)
    return sql


def _base(queryset: Any) -> Sql:
    rows = queryset.order_by().values_list("pk", "search_text", "organization_id")
    text, parameters = rows.query.sql_with_params()
    return Sql().add(f"({text}) AS base (id, search_text, owner_id)", *parameters)


def _newest(sql: Sql, base: Sql, most: int) -> None:
    sql.add(f"SELECT id, search_text FROM {base.text}", *base.parameters)
    sql.add(f" ORDER BY id DESC LIMIT {most}")


def _sample(sql: Sql, base: Sql, search: Search) -> None:
    sql.add("newest AS MATERIALIZED (")
    _newest(sql, base, SAMPLE)
    sql.add("), sample AS MATERIALIZED (SELECT ")
    if search.is_indexed:
        sql.add(f"count(*) > {OFTEN} AS often FROM newest WHERE true")
        sql.fits("search_text", search.patterns())
    else:
        sql.add("true AS often")
    sql.add("), ")


def _indexed(sql: Sql, queryset: Any, search: Search) -> None:
    sql.add("indexed AS MATERIALIZED (")
    if search.is_indexed:
        unless = "SELECT FROM sample WHERE often"
        _by_keys(sql, queryset, search.patterns(), unless=unless)
    else:
        sql.add("SELECT id, search_text FROM newest WHERE false")
    sql.add("), ")


def _by_keys(
    sql: Sql, queryset: Any, patterns: list[list[str]], *, unless: str
) -> None:
    """The rows that fit the patterns, found by the keys that their owner gives them.

    Where no one owns all the rows, each organization is asked in turn. The fence that
    OFFSET is keeps the planner from anything but the index of keys: the owner, whose
    rows may be half the table, is compared outside.
    """
    owner, base = queryset.owner(), _base(queryset.of_any_owner())
    sql.add("SELECT matching.id, search_text FROM ")
    if owner is None:
        sql.add("(SELECT id FROM organizations_organization)")
    else:
        sql.add("(SELECT %s::uuid)", owner)
    sql.add(f" AS owner (id) CROSS JOIN LATERAL (SELECT * FROM {base.text}")
    sql.add(f" WHERE NOT EXISTS ({unless}) AND (", *base.parameters)
    pairs = arms(patterns)
    sql.add(" OR ".join([HAS_KEYS] * len(pairs)), *chain.from_iterable(pairs))
    sql.add(")").fits("search_text", patterns)
    sql.add(" OFFSET 0) AS matching WHERE owner_id = owner.id")


def _walked(sql: Sql, base: Sql, search: Search) -> None:
    sql.add("walked AS MATERIALIZED (SELECT * FROM (")
    _newest(sql, base, FAR)
    sql.add(") AS far WHERE (SELECT often FROM sample)")
    sql.fits("search_text", search.patterns()).add(f" LIMIT {WALKED}), ")


def _exact(sql: Sql, queryset: Any, search: Search) -> None:
    """Who has exactly this name, email, external_id or id, by their own indexes."""
    text = search.text
    cases = {text, text.lower(), text.upper(), text.title()}
    asked: list[dict[str, Any]] = [{"name__in": cases}, {"email__iexact": text}]
    asked.append({"external_id": text})
    arm = "(SELECT id, search_text FROM {} WHERE (SELECT often FROM sample) LIMIT 50)"
    found = [(arm, _base(queryset.filter(**each))) for each in asked]
    if search.id:
        by_id = _base(queryset.filter(pk=search.id))
        found.append(("(SELECT id, search_text FROM {})", by_id))
    sql.add("exact AS MATERIALIZED (")
    sql.add(" UNION ALL ".join(each.format(rows.text) for each, rows in found))
    sql.parameters += chain.from_iterable(rows.parameters for _, rows in found)
    sql.add("), ")


def _nearly(sql: Sql, queryset: Any, search: Search) -> None:
    expressions = search.expressions()
    if not expressions:
        sql.add("forgiven AS (SELECT id, search_text FROM found WHERE false), ")
        return
    sql.add("nearly AS MATERIALIZED (")
    _by_keys(sql, queryset, search.forgiving(), unless="SELECT FROM found")
    sql.add(f"), forgiven AS (SELECT * FROM (SELECT * FROM nearly LIMIT {CANDIDATES})")
    sql.add(" AS near WHERE true")
    for expression in expressions:
        # Where the planner sees an expression, it compiles it: 3 ms, used or not.
        sql.add(" AND search_text ~ (SELECT %s)", expression)
    sql.add(f" LIMIT {FORGIVEN}), ")


def _ranked(sql: Sql, search: Search) -> None:
    """How well each row matches: 0 is best."""
    query = literally(search.query)
    terms = [literally(term) for term in search.terms]
    # Nested, so that most rows are compared with three patterns and not with six.
    sql.add("ranked AS (SELECT id, CASE WHEN false")
    if search.id:
        sql.add(" OR id = %s", search.id)
    if search.digits:
        sql.add(" OR search_text LIKE %s", f"%\n{search.digits}")
    sql.add(" THEN 0 WHEN search_text LIKE %s THEN CASE", f"%\n{query}%")
    sql.add(" WHEN search_text LIKE %s THEN 0", f"%\n{query}\n%")
    sql.add(" WHEN search_text LIKE %s THEN 1", f"\n{query} %")
    sql.add(" WHEN search_text LIKE %s THEN 2 ELSE 3 END", f"\n{query}%")
    sql.add(" WHEN true").fits("search_text", [[f"% {each}%"] for each in terms])
    sql.add(" THEN CASE WHEN true")
    sql.fits("search_text", [[f"% {each} %"] for each in terms])
    sql.add(" THEN 4 ELSE 5 END ELSE 6 END AS rank FROM found")
    sql.add(f" UNION ALL SELECT id, {TYPO} FROM forgiven) ")
