"""The rows that a search reads: a part of the table, then the queryset's conditions.

A condition such as `status = 'INACTIVE'` holds for a twentieth of the table. Beside the
search's own condition it would lead the planner to an index that reads all of these.
Therefore the search reads its part of the table in a subquery, and the queryset's
conditions are compared with what comes out.
"""

import uuid
from typing import Any

from django.db.models import QuerySet
from django.db.models.sql.datastructures import BaseTable

from .sql import Sql

COLUMNS = ["pk", "search_text", "organization_id", "name", "email", "external_id"]
BASE = "base (id, search_text, owner_id, name, email, external_id)"


# No statement has it: what stands for the part until a search reads one.
MARK = "\0"


class Part(BaseTable):
    """A subquery in the FROM of a query, under the name of the query's table."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        alias = connection.ops.quote_name(self.table_alias)
        return f"({MARK}) AS {alias}", []


class Rows:
    """The rows of a queryset; raises EmptyResultSet where there can be none.

    `owner` is the organization that owns all of them, or None.
    """

    def __init__(self, queryset: QuerySet[Any], owner: uuid.UUID | None) -> None:
        self.owner = owner
        self._table = f'"{queryset.model._meta.db_table}"'
        self._around = _around(queryset.order_by())

    def all(self) -> Sql:
        """All rows, for a FROM; which index to read is the planner's choice."""
        return self._among(Sql(f"SELECT * FROM {self._table}"))

    def newest(self, most: int, condition: Sql | None = None) -> Sql:
        """The rows among the organization's newest, newest first, for a FROM."""
        part = self._owned(condition).add(f" ORDER BY id DESC LIMIT {most}")
        return self._among(part)

    def where(self, condition: Sql, most: int | None = None) -> Sql:
        """The rows for which a condition holds that an index serves, for a FROM.

        OFFSET is a fence: the planner moves no condition into the subquery.
        """
        part = Sql(f"SELECT * FROM {self._table} WHERE ").put(condition)
        return self._among(part.add(" OFFSET 0" if most is None else f" LIMIT {most}"))

    def has_many(self, condition: Sql, many: int) -> Sql:
        """Whether the condition holds for so many rows, whatever else narrows them."""
        part = Sql(f"SELECT FROM {self._table} WHERE ").put(condition)
        sql = Sql(f"(SELECT count(*) >= {many} FROM (").put(part)
        return sql.add(f" LIMIT {many}) AS part)")

    def owner_newest(self, most: int) -> Sql:
        """The organization's newest, whatever else narrows the rows, as a SELECT."""
        part = self._owned(None, "id, search_text")
        return part.add(f" ORDER BY id DESC LIMIT {most}")

    def _owned(self, condition: Sql | None, columns: str = "*") -> Sql:
        part = Sql(f"SELECT {columns} FROM {self._table} WHERE ")
        part.put(condition or Sql("true"))
        if self.owner is not None:
            part.add(" AND organization_id = %s", self.owner)
        return part

    def _among(self, part: Sql) -> Sql:
        before, after = self._around
        return Sql(before.text, *before.parameters).put(part).put(after)


def _around(queryset: Any) -> tuple[Sql, Sql]:
    """The queryset, for a FROM, before and after a part of its table. Compiled once, as
    that takes longer than the search.
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
