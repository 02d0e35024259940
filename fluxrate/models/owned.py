from collections.abc import Iterator
from typing import Any, Self

from django.db import models
from django.db.models.expressions import Col
from django.db.models.lookups import Exact
from django.db.models.sql.where import AND

from .recorded import Recorded

OWNER = "organization_id"


class OwnedQuerySet(models.QuerySet):
    def owned_by(self, organization: models.Model) -> Self:
        """The one door to the rows of an organization."""
        return self.filter(organization=organization)

    def owners(self) -> set[Any]:
        """The ids that the organization of every row equals, as far as conditions
        name one: more than one leave no row.
        """
        return {value for column, value in self.conditions() if column == OWNER}

    def is_narrowed(self) -> bool:
        """Whether a row must meet more conditions than to belong to an organization."""
        return any(column != OWNER for column, _ in self.conditions())

    def conditions(self) -> Iterator[tuple[str | None, Any]]:
        """What all must hold for a row: a column of the table and the value it equals,
        or None and another condition.
        """
        where: Any = self.query.where
        table = self.query.get_initial_alias()
        if where.negated or where.connector != AND:
            yield None, where
            return
        for condition in where.children:
            column = _compared(condition, table)
            yield column, condition.rhs if column else condition


class Owned(Recorded):
    """A recorded row of one organization."""

    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.CASCADE, related_name="+"
    )

    objects = OwnedQuerySet.as_manager()

    class Meta(Recorded.Meta):
        abstract = True
        ordering = ["-id"]

    def kept(self) -> Self:
        """The row as it is now, and stays until the transaction ends (FOR SHARE).

        A row that is gone is returned as it was: foreign keys judge it.
        """
        table = self._meta.db_table
        sql = f'SELECT * FROM "{table}" WHERE id = %s FOR SHARE'
        rows = type(self).objects.raw(sql, [self.pk])
        return next(iter(rows), self)


def _compared(condition: Any, table: str) -> str | None:
    """The column of the table that a condition compares with a plain value."""
    if not isinstance(condition, Exact) or hasattr(condition.rhs, "as_sql"):
        return None
    column = condition.lhs
    own = isinstance(column, Col) and column.alias == table
    return str(column.target.column) if own else None
