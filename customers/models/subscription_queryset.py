from collections.abc import Collection
from datetime import datetime
from typing import Self, TypedDict

from django.db.models import Case, F, Model, Q, When

from fluxrate.models import OwnedQuerySet, count_by_status

from .subscription_actions import Status

# The fields of a response that show another table's row.
PLAN_FIELDS = {"plan_name": "plan", "scheduled_change": "scheduled_plan"}

# When time changes a subscription next; the column `due_at`.
DUE_AT = Case(
    When(status=Status.CANCELED, then=None),
    When(status=Status.PAUSED, then=F("resumes_at")),
    default=F("current_period_end"),
)


class Summary(TypedDict):
    total: int
    by_status: dict[str, int]


class SubscriptionQuerySet(OwnedQuerySet):
    def for_serializer(self, fields: Collection[str] = tuple(PLAN_FIELDS)) -> Self:
        """Join only the plans that these fields of a response show."""
        plans = [PLAN_FIELDS[name] for name in fields if name in PLAN_FIELDS]
        unjoined = self.select_related(None)
        return unjoined.select_related(*plans) if plans else unjoined

    def due(self, *, at: datetime) -> Self:
        return self.filter(due_at__lte=at)

    def not_due(self, *, at: datetime) -> Self:
        return self.filter(Q(due_at__isnull=True) | Q(due_at__gt=at))

    def summary(self, organization: Model) -> Summary:
        """The row counts of the organization's subscriptions."""
        by_status = dict.fromkeys(Status.values, 0)
        by_status |= count_by_status(self.model, organization.pk)
        return {"total": sum(by_status.values()), "by_status": by_status}
