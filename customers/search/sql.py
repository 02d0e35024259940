"""Pieces of SQL, and the rows that a search reads.

A search reads a part of the table in a subquery, and the queryset's conditions are
compared with the rows of that part. In one WHERE with the search's own condition, a
condition such as `status = 'INACTIVE'` would mislead the planner: it would read all
inactive customers, a twentieth of the table, by the index of `status`.
"""

import uuid
from typing import Any, Self

from django.db.models import QuerySet
from django.db.models.sql.datastructures import BaseTable

COLUMNS = ["pk", "search_text", "organization_id", "name", "email", "external_id"]
BASE = "base (id, search_text, owner_id, name, email, external_id)"

# Stands for the part in the compiled queryset; no statement has this character.
MARK = "\0"


class Sql:
    """A text with placeholders, and their parameters in the same order."""

    def __init__(self, text: str = "", *parameters: object) -> None:
        self.text = text
        self.parameters: list[Any] = list(parameters)

    def add(self, text: str, *parameters: object) -> Self:
        self.text += text
        self.parameters += parameters
        return self

    def put(self, piece: "Sql") -> Self:
        return self.add(piece.text, *piece.parameters)

    def join(self, separator: str, pieces: "list[Sql]") -> Self:
        for number, piece in enumerate(pieces):
            self.add(separator if number else "").put(piece)
        return self

    def and_like(self, column: str, patterns: list[list[str]]) -> Self:
        """AND the column matches one pattern of each list."""
        for choices in patterns:
            likes = " OR ".join([f"{column} LIKE %s"] * len(choices))
            self.add(f" AND ({likes})", *choices)
        return self


class Rows:
    """The rows of a queryset; raises EmptyResultSet if there can be none.

    Each method returns SQL for a FROM. `organization_id` is the organization of all
    rows, or None.
    """

    def __init__(self, queryset: QuerySet, organization_id: uuid.UUID | None) -> None:
        self.organization_id = organization_id
        self._table = f'"{queryset.model._meta.db_table}"'
        self._around = _compile_around(queryset.order_by())

    def all(self) -> Sql:
        """All rows, by the index that the planner chooses."""
        return self._among(Sql(f"SELECT * FROM {self._table}"))

    def newest(self, limit: int, condition: Sql | None = None) -> Sql:
        """The rows among the organization's newest, newest first."""
        part = self._of_organization(condition).add(f" ORDER BY id DESC LIMIT {limit}")
        return self._among(part)

    def where(self, condition: Sql, limit: int | None = None) -> Sql:
        """The rows for which a condition holds that an index serves.

        OFFSET is a fence: the planner moves no condition into the subquery.
        """
        part = Sql(f"SELECT * FROM {self._table} WHERE ").put(condition)
        fence = " OFFSET 0" if limit is None else f" LIMIT {limit}"
        return self._among(part.add(fence))

    def reaches(self, condition: Sql, number: int) -> Sql:
        """Whether the condition holds for this number of rows of the table."""
        part = Sql(f"SELECT FROM {self._table} WHERE ").put(condition)
        sql = Sql(f"(SELECT count(*) >= {number} FROM (").put(part)
        return sql.add(f" LIMIT {number}) AS part)")

    def newest_of_organization(self, limit: int) -> Sql:
        """A SELECT of the organization's newest rows, without the filters."""
        part = self._of_organization(None, "id, search_text")
        return part.add(f" ORDER BY id DESC LIMIT {limit}")

    def _of_organization(self, condition: Sql | None, columns: str = "*") -> Sql:
        part = Sql(f"SELECT {columns} FROM {self._table} WHERE ")
        part.put(condition or Sql("true"))
        if self.organization_id is not None:
            part.add(" AND organization_id = %s", self.organization_id)
        return part

    def _among(self, part: Sql) -> Sql:
        before, after = self._around
        return Sql(before.text, *before.parameters).put(part).put(after)


class Part(BaseTable):
    """A subquery in the FROM of a query, under the name of the query's table."""

    def as_sql(
        self, compiler: Any, connection: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        alias = connection.ops.quote_name(self.table_alias)
        return f"({MARK}) AS {alias}", ()


def _compile_around(queryset: QuerySet) -> tuple[Sql, Sql]:
    """The queryset before and after a part of its table.

    Compiled once: compiling takes longer than the search.
    """
    query = queryset.values_list(*COLUMNS).query
    alias = query.get_initial_alias()
    query.alias_map[alias] = Part(query.alias_map[alias].table_name, alias)
    text, parameters = query.sql_with_params()
    before, _, after = text.partition(MARK)
    count = before.count("%s")
    return (
        Sql(f"({before}", *parameters[:count]),
        Sql(f"{after}) AS {BASE}", *parameters[count:]),
    )
