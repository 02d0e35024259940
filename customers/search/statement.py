"""Finds, ranks, counts and pages the matches of a search, in one statement.

It reads the rows of an organization, narrowed by any filters, or of all organizations.
PostgreSQL runs only the parts of the statement that are needed:

* `newest` is a sample. It says whether matches are common, and whether the filters
  leave fewer rows than there are matches.
* `newest_matches` come from reading the rows from the newest on, if matches are common.
  If they are `enough`, they are taken, with `exact_matches`, rows of any age with a
  field that equals the text.
* `indexed_matches` are all matches, by the index of keys, if they are not common.
* `filtered_matches` are the same, by the indexes of the filters, if these leave fewer.
* `typo_candidates`, if nothing else matches, may have a word with one typo;
  `typo_matches` have it. A page asks for them in a second statement.
* `infix_matches` have the text inside of words, among the newest rows. Only the keys
  of an organization find them, so a search over all organizations asks for them last,
  in a third statement.
"""

import uuid

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from fluxrate.api.pagination import CountedPages, Page

from .normalization import SORTED_CHARACTERS
from .sql import Rows, Sql
from .terms import Terms, alternatives, escape_like, field_key, phone_suffix_key

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

# This part is merged with its readers: copying ten thousand rows takes 2 ms.
MERGED = "NOT MATERIALIZED"
# Whether a row has all keys that some texts share, or all or one of some global keys:
# the same expressions as the index's.
HAS_KEYS = (
    "customer_search_keys(organization_id, search_text)"
    " @> customer_search_terms(%s::uuid, %s)"
)
HAS_ALL = "customer_search_everywhere(search_text) @> customer_search_hashes(%s)"
HAS_ONE = "customer_search_everywhere(search_text) && customer_search_hashes(%s)"
SORTED_NAME = f'left(customer_fold(name), {SORTED_CHARACTERS}) COLLATE "C"'


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
        page = self._read(statement.ranked(), start, stop)
        # Separate statements: planning rarely needed parts takes a third of the time.
        if not page.total and self.terms.typo_expressions():
            page = self._read(statement.with_typo(), start, stop)
        if not page.total and statement.is_global:
            page = self._read(statement.infix(), start, stop)
        is_exact = (
            page.is_exact and page.total <= MAX_MATCHES and statement.is_indexable
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

    def statement(self) -> "Statement":
        """The search in SQL; raises EmptyResultSet if nothing can match."""
        if not self.terms.is_searchable:
            raise EmptyResultSet
        return Statement(self)

    def _read(self, matches: Sql, start: int, stop: int) -> Page:
        """A page of rows of an id, the total, and whether there may be more."""
        sql = f"{matches.text} LIMIT {stop - start} OFFSET {start}"
        with connections[self.rows.db].cursor() as cursor:
            cursor.execute(sql, matches.parameters)
            rows = cursor.fetchall()
        if not rows and start:
            return self._read(matches, 0, 1)._replace(rows=[])
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


class Statement:
    """The matches of a search in SQL."""

    def __init__(self, search: Search) -> None:
        self.terms = search.terms
        self.patterns = self.terms.patterns()
        self.rows = Rows(search.rows, search.organization_id)
        self.organization_id = search.organization_id
        self.is_global = search.organization_id is None
        self.is_narrowed = search.is_narrowed
        self.newest_matches, self.max_typos = (
            (NEWEST_MATCHES_FILTERED, TYPO_MATCHES_FILTERED)
            if self.is_narrowed
            else (NEWEST_MATCHES, TYPO_MATCHES)
        )

    def ranked(self) -> Sql:
        """Best first: the id of each match, the total, and whether there may be more.

        A typo matches nothing.
        """
        sql = Sql("WITH ").join(", ", self._parts())
        sql.add(" SELECT id, count(*) OVER (), (SELECT enough FROM newest_total)")
        if self.is_global and self.is_indexable:
            sql.add(f" OR NOT ({self._has_exact_match()}) AND ")
            sql.put(self.rows.reaches(self._has_keys(self.patterns), MAX_COMPARED))
        sql.add(" FROM (").put(self._rank())
        return sql.add(") AS ranked ORDER BY rank, further DESC, id DESC")

    def with_typo(self) -> Sql:
        """The same columns of the rows that match with a typo."""
        sql = Sql("WITH ").join(", ", self._typo_parts())
        # The LIMIT comes first, so that PostgreSQL stops reading candidates there.
        sql.add(" SELECT id, count(*) OVER (), ")
        sql.add(f"count(*) OVER () >= {self.max_typos} OR ")
        if self.is_global:
            sql.put(self.rows.reaches(self._has_typo_keys(), MAX_COMPARED))
        else:
            sql.add(f"(SELECT count(*) FROM typo_candidates) >= {TYPO_CANDIDATES}")
        return sql.add(" FROM typo_matches ORDER BY id DESC")

    def infix(self) -> Sql:
        """The same columns of the newest rows, which are read one by one."""
        sql = self._infix_matches("true").add(f" LIMIT {NEWEST_MATCHES}")
        sql = Sql("WITH infix_matches AS MATERIALIZED (").put(sql)
        return sql.add(
            ") SELECT id, count(*) OVER (), true FROM infix_matches ORDER BY id DESC"
        )

    def ids(self) -> Sql:
        """The ids of all matches, as a subquery."""
        parts = [*self._parts(), *self._typo_parts(unless="SELECT FROM matches")]
        sql = Sql("WITH ").join(", ", parts)
        sql.add(" SELECT id FROM matches UNION ALL SELECT id FROM typo_matches")
        if self.is_global:
            nothing = (
                "NOT EXISTS (SELECT FROM matches)"
                " AND NOT EXISTS (SELECT FROM typo_matches)"
            )
            sql.add(" UNION ALL (SELECT id FROM (").put(self._infix_matches(nothing))
            sql.add(f" LIMIT {NEWEST_MATCHES}) AS infix_matches)")
        return sql

    @property
    def is_indexable(self) -> bool:
        """Whether the terms have keys, without which no index helps."""
        keys = (
            self.terms.global_keys() if self.is_global else alternatives(self.patterns)
        )
        return bool(keys)

    def _parts(self) -> list[Sql]:
        return [
            _cte("newest", self.rows.newest_of_organization(SAMPLE)),
            _cte("sample", self._sample()),
            _cte("newest_matches", self._newest_matches()),
            _cte("newest_total", self._newest_total()),
            _cte("exact_matches", self._exact_matches()),
            _cte("choice", self._choice()),
            _cte("indexed_matches", self._indexed_matches()),
            _cte("filtered_matches", self._filtered_matches()),
            _cte("matches", self._matches(), MERGED),
        ]

    def _typo_parts(self, *, unless: str = "") -> list[Sql]:
        expressions = self.terms.typo_expressions()
        if expressions:
            patterns = self.terms.typo_patterns()
            keys = self._has_typo_keys() if self.is_global else self._has_keys(patterns)
            candidates = self._matching(keys, patterns, unless)
        else:
            candidates = Sql("SELECT id, search_text FROM newest WHERE false")
        matches = Sql("SELECT id FROM typo_candidates WHERE true")
        for expression in expressions:
            # If the planner sees an expression, it compiles it: 3 ms, used or not.
            matches.add(" AND search_text ~ (SELECT %s)", expression)
        return [
            _cte("typo_candidates", candidates.add(f" LIMIT {TYPO_CANDIDATES}")),
            _cte("typo_matches", matches.add(f" LIMIT {self.max_typos}")),
        ]

    def _sample(self) -> Sql:
        if not self.is_indexable:
            return Sql(f"SELECT true AS is_common, {SAMPLE} AS total")
        sql = Sql(f"SELECT count(*) > {COMMON} AS is_common, count(*) AS total")
        sql.add(" FROM newest WHERE true")
        return sql.and_like("search_text", self.patterns)

    def _newest_matches(self) -> Sql:
        is_common = Sql("(SELECT is_common FROM sample)")
        sql = Sql("SELECT id, search_text FROM ")
        sql.put(self.rows.newest(NEWEST_ROWS, is_common)).add(" WHERE true")
        sql.and_like("search_text", self.patterns)
        return sql.add(f" ORDER BY id DESC LIMIT {self.newest_matches}")

    def _newest_total(self) -> Sql:
        return Sql(
            f"SELECT count(*) >= {self.newest_matches} AS enough FROM newest_matches"
        )

    def _choice(self) -> Sql:
        """Whether the filters leave fewer rows than match; then these rows are read."""
        if not (self.is_narrowed and self.is_indexable):
            return Sql("SELECT false AS by_filters")
        is_common = Sql("(SELECT is_common FROM sample)")
        sql = Sql("SELECT is_common AND NOT enough AND (SELECT count(*) FROM ")
        sql.put(self.rows.newest(SAMPLE, is_common))
        return sql.add(") < total AS by_filters FROM sample, newest_total")

    def _indexed_matches(self) -> Sql:
        if not self.is_indexable:
            return Sql(
                "SELECT newest_matches.* FROM newest_matches, newest_total, choice"
                " WHERE NOT enough AND NOT by_filters"
            )
        unless = (
            "SELECT FROM newest_total, choice"
            f" WHERE enough OR by_filters OR {self._has_exact_match()}"
        )
        return self._matching(self._has_keys(self.patterns), self.patterns, unless)

    def _has_exact_match(self) -> str:
        """Whether a global search for a code has an exact match, and needs no other."""
        if self.is_global and self.terms.is_code:
            return "EXISTS (SELECT FROM exact_matches)"
        return "false"

    def _filtered_matches(self) -> Sql:
        sql = Sql("SELECT id, search_text FROM ").put(self.rows.all())
        sql.add(" WHERE (SELECT by_filters FROM choice)")
        return sql.and_like("search_text", self.patterns)

    def _has_keys(self, patterns: list[list[str]]) -> Sql:
        """Whether a row has the keys of its organization, or global keys."""
        if self.is_global:
            conditions = [Sql(HAS_ALL, keys) for keys in self.terms.global_keys()]
        else:
            conditions = [
                Sql(HAS_KEYS, self.organization_id, texts)
                for texts in alternatives(patterns)
            ]
        return Sql("(").join(" OR ", conditions).add(")")

    def _has_typo_keys(self) -> Sql:
        conditions = [Sql(HAS_ONE, keys) for keys in self.terms.global_typo_keys()]
        return Sql("(").join(" AND ", conditions).add(")")

    def _matching(self, keys: Sql, patterns: list[list[str]], unless: str = "") -> Sql:
        """The rows with keys that match the patterns.

        Of all organizations' rows only MAX_COMPARED are compared: numbers that begin
        alike may have a third of the rows.
        """
        if unless:
            keys.add(f" AND NOT EXISTS ({unless})")
        limit = MAX_COMPARED if self.is_global else None
        sql = Sql("SELECT id, search_text FROM ").put(self.rows.where(keys, limit))
        return sql.add(" WHERE true").and_like("search_text", patterns)

    def _infix_matches(self, condition: str) -> Sql:
        sql = Sql("SELECT id FROM ").put(self.rows.newest(NEWEST_ROWS, Sql(condition)))
        return sql.add(" WHERE true").and_like("search_text", self.patterns)

    def _exact_matches(self) -> Sql:
        """Rows of any age with exactly this name, email, external_id, phone or id."""
        by_field = self._exact_globally() if self.is_global else self._exact_fields()
        if not self.terms.ids:
            return by_field
        by_id = Sql("SELECT id, search_text FROM ").put(self.rows.all())
        by_id.add(" WHERE id BETWEEN %s AND %s", *self.terms.ids)
        by_id.add(f" ORDER BY id DESC LIMIT {MAX_MATCHES + 1}")
        return Sql("(").put(by_field).add(") UNION ALL (").put(by_id).add(")")

    def _exact_fields(self) -> Sql:
        """By the organization's indexes, and only beside the newest matches."""
        text = self.terms.text
        sql = Sql("SELECT id, search_text FROM ").put(self.rows.all())
        sql.add(" WHERE (SELECT enough FROM newest_total) AND (")
        sql.add(f"{SORTED_NAME} = %s", self.terms.folded[:SORTED_CHARACTERS])
        sql.add(" OR upper(email) = upper(%s) OR external_id = %s)", text, text)
        return sql.add(f" LIMIT {EXACT_MATCHES}")

    def _exact_globally(self) -> Sql:
        keys = [Sql(HAS_ALL, [field_key(self.terms.folded)])]
        if self.terms.digits:
            keys.append(Sql(HAS_ALL, [phone_suffix_key(self.terms.digits)]))
        condition = Sql("(").join(" OR ", keys).add(")")
        matches = self._matching(condition, self.patterns)
        return matches.add(f" LIMIT {MAX_MATCHES + 1}")

    def _matches(self) -> Sql:
        # An exact match may be an indexed one, too.
        is_repeated = self.terms.ids or self.is_global
        union = "UNION" if is_repeated else "UNION ALL"
        return Sql(
            f"(SELECT * FROM indexed_matches LIMIT {MAX_MATCHES + 1}) UNION ALL"
            f" (SELECT * FROM filtered_matches LIMIT {MAX_MATCHES + 1}) {union}"
            " (SELECT newest_matches.* FROM newest_matches, newest_total WHERE enough"
            " UNION SELECT * FROM exact_matches)"
        )

    def _rank(self) -> Sql:
        """How well each row matches: 0 is best."""
        text = escape_like(self.terms.folded)
        terms = [escape_like(term) for term in self.terms.required]
        # Nested, so that most rows are compared with three patterns and not with six.
        sql = Sql("SELECT id, CASE WHEN false")
        if self.terms.ids:
            sql.add(" OR id BETWEEN %s AND %s", *self.terms.ids)
        for digits in filter(None, (self.terms.digits, self.terms.national)):
            sql.add(" OR search_text LIKE %s", f"%\n{digits}")
        sql.add(" THEN 0 WHEN search_text LIKE %s THEN CASE", f"%\n{text}%")
        sql.add(" WHEN search_text LIKE %s THEN 0", f"%\n{text}\n%")
        sql.add(" WHEN search_text LIKE %s THEN 1", f"\n{text} %")
        sql.add(" WHEN search_text LIKE %s THEN 2 ELSE 3 END", f"\n{text}%")
        sql.add(" WHEN true").and_like(
            "search_text", [[f"% {term}%"] for term in terms]
        )
        sql.add(" THEN CASE WHEN true")
        sql.and_like("search_text", [[f"% {term} %"] for term in terms])
        sql.add(" THEN 4 ELSE 5 END ELSE 6 END AS rank, 0")
        for word in self.terms.optional:
            sql.add(" + (search_text LIKE %s)::int", f"%{escape_like(word)}%")
        return sql.add(" AS further FROM matches")


def _cte(name: str, part: Sql, how: str = "MATERIALIZED") -> Sql:
    return Sql(f"{name} AS {how} (").put(part).add(")")
