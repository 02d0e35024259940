"""The one statement that finds, ranks, counts and pages the matches of a search.

`base` are the rows to search: an organization's, narrowed by whatever filters. Of its
parts, those that are not needed are never run:

* `newest` is a sample that tells whether the search matches often.
* `indexed` are all matches, by the trigram index, where they are not many.
* `walked` are the newest matches, found by going through the rows from the newest on,
  where they are; `exact` are those that the search names outright, however old.
* `nearly` are candidates for one typo in a word, where nothing else was found.
"""

from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connections

from .terms import Search, literally

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
    rows = queryset.order_by().values_list("pk", "search_text")
    text, parameters = rows.query.sql_with_params()
    base, given = f"({text}) AS base (id, search_text)", list(parameters)
    patterns = list(search.patterns())
    newest = f"{base} ORDER BY id DESC LIMIT"
    sql = Sql().add(
        f"WITH newest AS MATERIALIZED (SELECT search_text FROM {newest} {SAMPLE}), ",
        *given,
    )
    if search.is_indexed:
        sql.add(f"sample AS MATERIALIZED (SELECT count(*) > {OFTEN} AS often")
        sql.add(" FROM newest WHERE true").fits("search_text", patterns).add("), ")
    else:
        sql.add("sample AS MATERIALIZED (SELECT true AS often), ")
    sql.add("indexed AS MATERIALIZED (SELECT id, search_text FROM ")
    sql.add(f"{base} WHERE NOT (SELECT often FROM sample)", *given)
    sql.fits("search_text", patterns).add("), walked AS MATERIALIZED (")
    # Joined to nothing, the column is no longer the index's.
    sql.add(
        f"SELECT id, search_text FROM (SELECT * FROM {newest} {FAR}) AS far", *given
    )
    sql.add(" WHERE (SELECT often FROM sample)").fits("(search_text || '')", patterns)
    sql.add(f" LIMIT {WALKED}), exact AS MATERIALIZED (")
    _exact(sql, queryset, search)
    sql.add(f"), found AS NOT MATERIALIZED ((SELECT * FROM indexed LIMIT {MOST + 1}) ")
    # An id may stand in other fields, too.
    union = "UNION" if search.id else "UNION ALL"
    sql.add(f"{union} (SELECT * FROM walked UNION SELECT * FROM exact)), ")
    _nearly(sql, base, given, search)
    sql.add("ranked AS (SELECT id, ")
    _rank(sql, search)
    return sql.add(f" AS rank FROM found UNION ALL SELECT id, {TYPO} FROM forgiven) ")


def _exact(sql: Sql, queryset: Any, search: Search) -> None:
    """Who has exactly this name, email, external_id or id, by their own indexes."""
    text = search.text
    cases = {text, text.lower(), text.upper(), text.title()}
    asked: list[dict[str, Any]] = [{"name__in": cases}, {"email__iexact": text}]
    asked.append({"external_id": text})
    arms = []
    for each in asked:
        rows = queryset.filter(**each).order_by().values_list("pk", "search_text")
        arm, parameters = rows.query.sql_with_params()
        arms.append(
            f"(SELECT * FROM ({arm}) AS arm WHERE (SELECT often FROM sample) LIMIT 50)"
        )
        sql.parameters += parameters
    if search.id:
        rows = queryset.filter(pk=search.id).order_by().values_list("pk", "search_text")
        arm, parameters = rows.query.sql_with_params()
        arms.append(f"({arm})")
        sql.parameters += parameters
    sql.add(" UNION ALL ".join(arms))


def _nearly(sql: Sql, base: str, given: list[Any], search: Search) -> None:
    expressions = search.expressions()
    if not expressions:
        sql.add("forgiven AS (SELECT id, search_text FROM found WHERE false), ")
        return
    sql.add("nearly AS MATERIALIZED (SELECT id, search_text FROM ")
    sql.add(f"{base} WHERE NOT EXISTS (SELECT FROM found)", *given)
    sql.fits("search_text", list(search.forgiving()))
    sql.add(f"), forgiven AS (SELECT * FROM (SELECT * FROM nearly LIMIT {CANDIDATES})")
    sql.add(" AS near WHERE true")
    for expression in expressions:
        # Where the planner sees an expression, it compiles it: 3 ms, used or not.
        sql.add(" AND search_text ~ (SELECT %s)", expression)
    sql.add(f" LIMIT {FORGIVEN}), ")


def _rank(sql: Sql, search: Search) -> None:
    """How well a row matches: 0 is best."""
    query = literally(search.query)
    terms = [literally(term) for term in search.terms]
    # Nested, so that most rows are compared with three patterns and not with six.
    sql.add("CASE WHEN false")
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
    sql.add(" THEN 4 ELSE 5 END ELSE 6 END")
