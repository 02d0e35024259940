"""The text of the statement in which PostgreSQL reads, ranks, counts and pages matches.

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

from collections.abc import Collection, Iterable
from typing import NamedTuple

from .normalization import SORTED_CHARACTERS
from .parameters import value, values
from .sql import Rows
from .values import Shape, TypoShape

# A walk through the newest rows is short if one of so many matches.
OFTEN = 10
INDEXED_MATCHES, MATCHES = "indexed_matches", "matches"
# Whether a row has all keys that some texts share, or all or one of some global keys:
# the same expressions as the index's.
HAS_KEYS = (
    "customer_search_keys(organization_id, search_text)"
    " @> customer_search_terms({owner}::uuid, {texts})"
)
HAS_ALL = "customer_search_everywhere(search_text) @> customer_search_hashes({})"
HAS_ONE = "customer_search_everywhere(search_text) && customer_search_hashes({})"
HAS_ID = f"id BETWEEN {value('ids', 0)} AND {value('ids', 1)}"
SORTED_NAME = f'left(customer_fold(name), {SORTED_CHARACTERS}) COLLATE "C"'


class Limits(NamedTuple):
    """How many rows the parts read and match; `customers/search/statement.py`."""

    matches: int
    sample: int
    common: int
    newest_rows: int
    newest_matches: int
    typo_candidates: int
    typo_matches: int
    exact_matches: int
    compared: int


class Statement:
    """The matches of searches of one shape, as SQL with named parameters."""

    def __init__(
        self, shape: Shape, typo_shape: TypoShape, rows: Rows, limits: Limits
    ) -> None:
        self.shape, self.typo_shape = shape, typo_shape
        self.rows, self.limits = rows, limits
        self.is_global = shape.is_global
        # Without keys no index helps.
        self.is_indexable = shape.keys > 0
        # Whether the filters may leave fewer rows than match.
        self.has_choice = shape.is_narrowed and self.is_indexable
        self.matches_patterns = _like(values("pattern", *shape.patterns))

    def ranked(self) -> str:
        """Best first: the id of each match, the total, and whether there may be more.

        A typo matches nothing.
        """
        is_cut = "(SELECT enough FROM newest_total)"
        if self.is_global and self.is_indexable:
            reaches = self.rows.reaches(self._has_keys(), self.limits.compared)
            is_cut += f" OR NOT ({self._has_exact_match()}) AND {reaches}"
        merged = {MATCHES} if self.shape.is_narrowed else {MATCHES, INDEXED_MATCHES}
        # The fence keeps the texts of the matches from being copied to be counted.
        return (
            f"{_with(self._parts(), merged)} SELECT id, count(*) OVER (), {is_cut}"
            f" FROM ({self._rank()} OFFSET 0) AS ranked"
            " ORDER BY rank, further DESC, id DESC"
        )

    def with_typo(self) -> str:
        """The same columns of the rows that match with a typo."""
        if self.is_global:
            is_cut = self.rows.reaches(self._has_typo_keys(), self.limits.compared)
        else:
            most = self.limits.typo_candidates
            is_cut = f"(SELECT count(*) FROM typo_candidates) >= {most}"
        # The LIMIT comes first, so that PostgreSQL stops reading candidates there.
        return (
            f"{_with(self._typo_parts(), ())} SELECT id, count(*) OVER (),"
            f" count(*) OVER () >= {self.limits.typo_matches} OR {is_cut}"
            " FROM typo_matches ORDER BY id DESC"
        )

    def infix(self) -> str:
        """The same columns of the newest rows, which are read one by one."""
        matches = f"{self._infix_matches('true')} LIMIT {self.limits.newest_matches}"
        return (
            f"WITH infix_matches AS MATERIALIZED ({matches})"
            " SELECT id, count(*) OVER (), true FROM infix_matches ORDER BY id DESC"
        )

    def ids(self) -> str:
        """The ids of all matches, as a subquery."""
        parts = self._parts() | self._typo_parts(unless="SELECT FROM matches")
        sql = (
            f"{_with(parts, {MATCHES})} SELECT id FROM matches"
            " UNION ALL SELECT id FROM typo_matches"
        )
        if not self.is_global:
            return sql
        infix = self._infix_matches(
            "NOT EXISTS (SELECT FROM matches) AND NOT EXISTS (SELECT FROM typo_matches)"
        )
        infix = f"{infix} LIMIT {self.limits.newest_matches}"
        return f"{sql} UNION ALL (SELECT id FROM ({infix}) AS infix_matches)"

    def _parts(self) -> dict[str, str]:
        parts = {
            "newest": self.rows.newest_of_organization(self.limits.sample),
            "sample": self._sample(),
            "newest_matches": self._newest_matches(),
            "newest_total": self._newest_total(),
            "exact_matches": self._exact_matches(),
        }
        if self.has_choice:
            parts["choice"] = self._choice()
            parts["filtered_matches"] = self._filtered_matches()
        parts[INDEXED_MATCHES] = self._indexed_matches()
        return parts | {MATCHES: self._matches()}

    def _typo_parts(self, *, unless: str = "") -> dict[str, str]:
        if self.typo_shape.expressions:
            patterns = _like(values("typo_pattern", *self.typo_shape.patterns))
            candidates = self._matching(self._has_typo_keys(), patterns, unless)
        else:
            candidates = "SELECT id, search_text FROM newest WHERE false"
        # If the planner sees an expression, it compiles it: 3 ms, used or not.
        expressions = [
            f"search_text ~ (SELECT {value('typo_expression', number)})"
            for number in range(self.typo_shape.expressions)
        ]
        return {
            "typo_candidates": f"{candidates} LIMIT {self.limits.typo_candidates}",
            "typo_matches": f"SELECT id FROM typo_candidates WHERE {_and(expressions)}"
            f" LIMIT {self.limits.typo_matches}",
        }

    def _sample(self) -> str:
        if not self.is_indexable:
            return f"SELECT true AS is_common, {self.limits.sample} AS total"
        is_common = f"total > {self.limits.common}"
        if not self.is_global:
            # In a walk, nine tenths of the rows match nothing: the index is cheaper
            # while it may have all matches.
            most = self.limits.matches
            is_common += (
                f" AND (total * {OFTEN} >= rows"
                f" OR total * {self.rows.stored_count()} > {most} * rows)"
            )
        return (
            f"SELECT {is_common} AS is_common, total FROM (SELECT count(*) AS rows,"
            f" count(*) FILTER (WHERE {self.matches_patterns}) AS total FROM newest)"
            " AS counts"
        )

    def _newest_matches(self) -> str:
        newest = self.rows.newest(
            self.limits.newest_rows, "(SELECT is_common FROM sample)"
        )
        return (
            f"SELECT id, search_text FROM {newest} WHERE {self.matches_patterns}"
            f" ORDER BY id DESC LIMIT {self.limits.newest_matches}"
        )

    def _newest_total(self) -> str:
        enough = f"count(*) >= {self.limits.newest_matches} AS enough"
        return f"SELECT {enough} FROM newest_matches"

    def _choice(self) -> str:
        """Whether the filters leave fewer rows than match; then these rows are read."""
        narrowed = self.rows.newest(
            self.limits.sample, "(SELECT is_common FROM sample)"
        )
        return (
            f"SELECT is_common AND NOT enough AND (SELECT count(*) FROM {narrowed})"
            " < total AS by_filters FROM sample, newest_total"
        )

    def _indexed_matches(self) -> str:
        if not self.is_indexable:
            return (
                "SELECT newest_matches.* FROM newest_matches, newest_total"
                " WHERE NOT enough"
            )
        unless = f"SELECT FROM newest_total WHERE enough OR {self._has_exact_match()}"
        if self.has_choice:
            unless += " OR (SELECT by_filters FROM choice)"
        return self._matching(self._has_keys(), self.matches_patterns, unless)

    def _has_exact_match(self) -> str:
        """Whether a global search for a code has an exact match, and needs no other."""
        if self.is_global and self.shape.is_code:
            return "EXISTS (SELECT FROM exact_matches)"
        return "false"

    def _filtered_matches(self) -> str:
        return (
            f"SELECT id, search_text FROM {self.rows.all()}"
            f" WHERE (SELECT by_filters FROM choice) AND {self.matches_patterns}"
        )

    def _has_keys(self) -> str:
        """Whether a row has the keys of its organization, or global keys."""
        sets = [value("keys", number) for number in range(self.shape.keys)]
        if self.is_global:
            return _or(HAS_ALL.format(keys) for keys in sets)
        return _or(map(_has_keys_of_organization, sets))

    def _has_typo_keys(self) -> str:
        sets = [value("typo_keys", number) for number in range(self.typo_shape.keys)]
        if self.is_global:
            return _and(HAS_ONE.format(keys) for keys in sets)
        return _or(map(_has_keys_of_organization, sets))

    def _matching(self, keys: str, patterns: str, unless: str = "") -> str:
        """The rows with keys that match the patterns.

        Of all organizations' rows only some are compared: numbers that begin alike may
        have a third of the rows.
        """
        if unless:
            keys = f"{keys} AND NOT EXISTS ({unless})"
        rows = self.rows.where(keys, self.limits.compared if self.is_global else None)
        return f"SELECT id, search_text FROM {rows} WHERE {patterns}"

    def _infix_matches(self, condition: str) -> str:
        newest = self.rows.newest(self.limits.newest_rows, condition)
        return f"SELECT id FROM {newest} WHERE {self.matches_patterns}"

    def _exact_matches(self) -> str:
        """Rows of any age with exactly this name, email, external_id, phone or id."""
        by_field = self._exact_globally() if self.is_global else self._exact_fields()
        if not self.shape.has_ids:
            return by_field
        # In the order of the primary key, which does not begin with the organization.
        by_id = (
            f"SELECT id, search_text FROM {self.rows.all()} WHERE {HAS_ID}"
            f" ORDER BY id DESC LIMIT (SELECT {self.limits.matches + 1})"
        )
        return f"({by_field}) UNION ALL ({by_id})"

    def _exact_fields(self) -> str:
        """By the organization's indexes, and only beside the newest matches.

        Each index has its own fence: the planner knows one size for all organizations
        and would read a large one whole.
        """
        text = value("text")
        exact = [
            self.rows.where(f"{self.rows.of_organization} AND {condition}")
            for condition in (
                f"{SORTED_NAME} = {value('sorted_name')}",
                f"upper(email) = upper({text})",
                f"external_id = {text}",
            )
        ]
        selects = [
            f"SELECT id, search_text FROM {rows}"
            f" WHERE (SELECT enough FROM newest_total)"
            for rows in exact
        ]
        return f"{' UNION '.join(selects)} LIMIT {self.limits.exact_matches}"

    def _exact_globally(self) -> str:
        keys = [value("field_keys")]
        keys += [value("phone_keys")] if self.shape.has_digits else []
        has_keys = _or(HAS_ALL.format(each) for each in keys)
        matches = self._matching(has_keys, self.matches_patterns)
        return f"{matches} LIMIT {self.limits.matches + 1}"

    def _matches(self) -> str:
        # An exact match may be an indexed one, too.
        is_repeated = self.shape.has_ids or self.is_global
        union = "UNION" if is_repeated else "UNION ALL"
        limit = self.limits.matches + 1
        filtered = f"(SELECT * FROM filtered_matches LIMIT {limit})"
        return (
            f"(SELECT * FROM {INDEXED_MATCHES} LIMIT {limit})"
            f"{f' UNION ALL {filtered}' if self.has_choice else ''} {union}"
            " (SELECT newest_matches.* FROM newest_matches, newest_total WHERE enough"
            " UNION SELECT * FROM exact_matches)"
        )

    def _rank(self) -> str:
        """How well each row matches: 0 is best."""
        is_exact = [HAS_ID] if self.shape.has_ids else []
        for at, exists in enumerate((self.shape.has_digits, self.shape.has_national)):
            is_exact += [_is_like(value("whole_phone", at))] if exists else []
        begins, is_whole = (_has(value("fields", at)) for at in range(2))
        terms = range(len(self.shape.patterns))
        whole_words = _and(_has(value("whole_words", at)) for at in terms)
        beginnings = _and(
            _has(value("word_beginnings", at))
            for at in terms
            if not self.shape.begins_words
        )
        further = [
            f" + ({_has(value('optional_words', at))})::int"
            for at in range(self.shape.optional)
        ]
        # Nested, so that most rows are compared with three texts and not with six.
        return (
            f"SELECT id, CASE WHEN {_or(is_exact)} THEN 0 WHEN {begins} THEN CASE"
            f" WHEN {is_whole} THEN 0 WHEN {_begins(value('name_words'))} THEN 1"
            f" WHEN {_begins(value('fields', 0))} THEN 2 ELSE 3 END"
            f" WHEN {beginnings} THEN CASE WHEN {whole_words} THEN 4 ELSE 5 END"
            f" ELSE 6 END AS rank, 0{''.join(further)} AS further FROM matches"
        )


def _with(parts: dict[str, str], merged: Collection[str]) -> str:
    """Common table expressions by their names, computed once unless `merged` with their
    readers: copying ten thousand rows takes 2 ms.
    """
    expressions = [
        f"{name} AS {'NOT ' if name in merged else ''}MATERIALIZED ({sql})"
        for name, sql in parts.items()
    ]
    return f"WITH {', '.join(expressions)}"


def _has_keys_of_organization(texts: str) -> str:
    return HAS_KEYS.format(owner=value("organization_id"), texts=texts)


def _is_like(pattern: str) -> str:
    return f"search_text LIKE {pattern}"


def _has(text: str) -> str:
    """Half as dear as LIKE with wildcards on both sides."""
    return f"strpos(search_text, {text}) > 0"


def _begins(text: str) -> str:
    return f"starts_with(search_text, {text})"


def _like(patterns: list[list[str]]) -> str:
    """Whether the text matches one pattern of each list."""
    return _and(_or(map(_is_like, choices)) for choices in patterns)


def _and(conditions: Iterable[str]) -> str:
    return f"({' AND '.join(conditions) or 'true'})"


def _or(conditions: Iterable[str]) -> str:
    return f"({' OR '.join(conditions) or 'false'})"
