"""Rows of the columns that a serializer shows as they are."""

from collections.abc import Sequence

from django.db.models import Model, QuerySet

from fluxrate.postgres.named_sql import NamedSQL
from fluxrate.postgres.prepared import Row

from .recording import Names


class Columns:
    """Rows of the members' columns, and the revision's last."""

    for_json = True

    def __init__(self, rows: QuerySet, members: dict[str, str], names: Names) -> None:
        self.members, self.columns = tuple(members), tuple(members.values())
        columns = (
            (*self.columns, "revision") if _has_revision(rows.model) else self.columns
        )
        # An alias for each column, as one may appear twice.
        self.sql = NamedSQL.of_rows(
            rows.values_list(*dict.fromkeys(columns)), "rows_", names
        )
        order = self._order = list(dict.fromkeys(columns))
        self._positions = [order.index(column) for column in self.columns]
        self._revision = order.index("revision") if "revision" in order else -1
        self._is_whole = self._positions == list(range(len(self._positions)))

    def returning(self, table: str) -> str:
        """The same columns of a table, for RETURNING."""
        return ", ".join(f'{table}."{name}"' for name in self._order)

    def represent(self, rows: Sequence[Row]) -> list[object]:
        if self._is_whole:
            return [dict(zip(self.members, row, strict=False)) for row in rows]
        return [
            {
                name: row[position]
                for name, position in zip(self.members, self._positions, strict=True)
            }
            for row in rows
        ]

    def revision(self, row: Row) -> object:
        return row[self._revision]


def _has_revision(model: type[Model]) -> bool:
    return any(field.attname == "revision" for field in model._meta.concrete_fields)
