from typing import ClassVar, Self

from django.db import models

from .querysets import OwnedQuerySet
from .recorded import Recorded


class Owned(Recorded):
    """A recorded row of one organization."""

    # `<scope>.write` reverts a batch's changes of such rows; "" means never.
    revert_scope: ClassVar[str] = ""
    # Columns of one state: a revert of a batch puts all of them back, or none.
    reverted_together: ClassVar[frozenset[str]] = frozenset()

    # Every table has a unique constraint or an index that begins with the organization.
    organization = models.ForeignKey(
        "organizations.Organization",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )

    objects = OwnedQuerySet.as_manager()

    class Meta(Recorded.Meta):
        abstract = True
        ordering = ["-id"]

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]} of {self.organization_id}>"

    def for_share(self) -> Self:
        """The current row, locked against changes until the transaction ends.

        A deleted row is returned as it was: the foreign key to it is then violated.
        """
        table = self._meta.db_table
        sql = f'SELECT * FROM "{table}" WHERE id = %s FOR SHARE'
        rows = type(self).objects.raw(sql, [self.pk])
        return next(iter(rows), self)
