"""Query sets whose rows depend on an organization or on the limit of staff."""

import uuid
from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

from .limits import limit
from .owned_deletion import OwnedCollector

M = TypeVar("M", bound=models.Model)


class LimitedQuerySet(models.QuerySet[M]):
    """The rows within the limit that holds where the query begins."""

    def __init__(
        self,
        model: type[M] | None = None,
        query: models.sql.Query | None = None,
        using: str | None = None,
        hints: dict[str, models.Model] | None = None,
    ) -> None:
        super().__init__(model, query, using, hints)
        ids = limit.get()
        if ids is not None and query is None and model is not None:
            self.query.add_q(self.within(ids))

    def within(self, organizations: tuple[uuid.UUID, ...]) -> Q:
        """The condition for rows of these organizations."""
        return Q(organization_id__in=organizations)


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

    def delete(self) -> tuple[int, dict[str, int]]:
        """Django's, by statements that compare the organizations of the rows."""
        if self.query.is_sliced or self.query.distinct or self.query.values_select:
            return super().delete()
        rows = self.all()
        rows.query.select_for_update = rows.query.select_related = False
        rows.query.clear_ordering()
        collector = OwnedCollector(using=rows.db)
        collector.collect(rows)
        self._result_cache = None
        return collector.delete()

    # A manager has no such method.
    setattr(delete, "queryset_only", True)  # noqa: B010
