from datetime import datetime
from typing import ClassVar, Self, TypeVar

from django.db import models

from .limits import LimitedQuerySet
from .recorded import Recorded

M = TypeVar("M", bound=models.Model)


class OwnedQuerySet(LimitedQuerySet[M]):
    def owned_by(self, organization: models.Model) -> Self:
        """The rows of an organization: every read of them goes through this method."""
        return self.filter(organization_id=organization.pk)

    def continue_restored(
        self,
        *,
        deleted_at: datetime,
        catch_up: bool,
    ) -> int:
        """Called with rows that were restored; the rows of most models do not change.

        With `catch_up`, the changes that were due since `deleted_at` happen, dated as
        due; without it, the rows continue as if no time had passed. Returns the number
        of these changes.
        """
        return 0


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
