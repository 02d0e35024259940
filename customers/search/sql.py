"""The rows that a search reads.

A search reads a part of the table in a subquery, and the queryset's conditions are
compared with the rows of that part. In one WHERE with the search's own condition, a
condition such as `status = 'INACTIVE'` would mislead the planner: it would read all
inactive customers, a twentieth of the table, by the index of `status`.
"""

from .around import BASE, Around
from .parameters import value


class Rows:
    """The rows of a queryset. Each method returns SQL for a FROM."""

    def __init__(self, around: Around, *, is_global: bool) -> None:
        self._table = around.table
        self._before, self._after = f"({around.before}", f"{around.after}) AS {BASE}"
        self.of_organization = (
            "true" if is_global else f"organization_id = {value('organization_id')}"
        )

    def all(self) -> str:
        """All rows, by the index that the planner chooses."""
        return self._among(f"SELECT * FROM {self._table}")

    def newest(self, limit: int, condition: str = "true") -> str:
        """The rows among the organization's newest, newest first."""
        return self._among(self._newest("*", limit, condition))

    def where(self, condition: str, limit: int | None = None) -> str:
        """The rows for which a condition holds that an index serves.

        OFFSET is a fence: the planner moves no condition into the subquery.
        """
        fence = "OFFSET 0" if limit is None else f"LIMIT {limit}"
        return self._among(f"SELECT * FROM {self._table} WHERE {condition} {fence}")

    def reaches(self, condition: str, number: int) -> str:
        """Whether the condition holds for this number of rows of the table."""
        part = f"SELECT FROM {self._table} WHERE {condition} LIMIT {number}"
        return f"(SELECT count(*) >= {number} FROM ({part}) AS part)"

    def stored_count(self) -> str:
        """The number of the organization's rows, without the filters."""
        table = self._table.strip('"')
        return (
            "(SELECT coalesce(sum(rows), 0) FROM fluxrate_rowcount"
            f" WHERE model = '{table}' AND {self.of_organization})"
        )

    def newest_of_organization(self, limit: int) -> str:
        """A SELECT of the organization's newest rows, without the filters."""
        return self._newest("id, search_text", limit, "true")

    def _newest(self, columns: str, limit: int, condition: str) -> str:
        # The planner sees no number, so it expects to stop early and reads the rows in
        # order. Of more rows than it expects of an organization it would sort all.
        return (
            f"SELECT {columns} FROM {self._table} WHERE {condition}"
            f" AND {self.of_organization} ORDER BY id DESC LIMIT (SELECT {limit})"
        )

    def _among(self, part: str) -> str:
        return f"{self._before}{part}{self._after}"
