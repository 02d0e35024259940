from typing import Self, TypeVar

from django.db import models

from .recorded import Recorded

M = TypeVar("M", bound=models.Model)


class OwnedQuerySet(models.QuerySet[M]):
    def owned_by(self, organization: models.Model) -> Self:
        """The rows of an organization. All code that reads them calls this."""
        return self.filter(organization_id=organization.pk)


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
