from collections.abc import Collection
from datetime import datetime
from typing import Any, Self, TypedDict

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    JSONField,
    Model,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, JSONObject

from fluxrate.models import count_by_status

from .subscription_absence import pass_over
from .subscription_actions import Status
from .subscription_advance import catch_up_restored
from .subscription_bulk import SubscriptionActionsQuerySet

# The fields of a response that show another table's row.
PLAN_FIELDS = {"plan_name": "plan", "scheduled_change": "scheduled_plan"}

# When time changes a subscription next; the column `due_at`.
DUE_AT = Case(
    When(status=Status.CANCELED, then=None),
    When(status=Status.PAUSED, then=F("resumes_at")),
    default=F("current_period_end"),
)

# The fields of a subscription in its customer's representation, and the most of them.
EMBEDDED: dict[str, str | Coalesce] = {
    "id": "id",
    "plan_id": "plan_id",
    "plan_name": Coalesce("plan__name", "plan_name"),
    "status": "status",
    "current_period_end": "current_period_end",
    "cancel_at_period_end": "cancel_at_period_end",
}
MAX_EMBEDDED = 10


class Summary(TypedDict):
    total: int
    by_status: dict[str, int]


class SubscriptionQuerySet(SubscriptionActionsQuerySet):
    def for_serializer(
        self, fields: Collection[str] = (), include: Collection[str] = ()
    ) -> Self:
        """Join only the rows that these fields of a response show, by default all of
        its fields, and the rows to `include`, which also names other members.
        """
        rows = self.select_related(None)
        names = [name for name in fields or PLAN_FIELDS if name in PLAN_FIELDS]
        joined = {PLAN_FIELDS[name] for name in names} | {"customer", "plan"} & set(
            include
        )
        if "customer" in joined:
            rows = rows.defer("customer__search_text")
        return rows.select_related(*joined) if joined else rows

    def exists_for_customer(self, statuses: Collection[str]) -> Exists:
        """Whether a customer, of the outer query, has one in one of the statuses."""
        return Exists(self._of_customer().filter(status__in=statuses))

    def _of_customer(self) -> Self:
        """The subscriptions of a customer, of the outer query."""
        owner = OuterRef("organization_id")
        return self.filter(organization_id=owner, customer_id=OuterRef("pk"))

    def counts_for_customer(self) -> Coalesce:
        """The number of a customer's subscriptions in each status, as JSON."""
        counts = {
            status: Count("pk", filter=Q(status=status)) for status in Status.values
        }
        rows = self._of_customer().order_by().values("customer")
        counted = rows.annotate(counts=JSONObject(**counts)).values("counts")
        zeros = Value(dict.fromkeys(Status.values, 0), JSONField())
        return Coalesce(Subquery(counted), zeros)

    def newest_for_customer(self) -> ArraySubquery:
        """A customer's newest subscriptions, at most MAX_EMBEDDED objects of EMBEDDED.

        Read from an index, customer by customer, at any number of subscriptions.
        """
        rows = self._of_customer().order_by("-id")
        return ArraySubquery(rows.values(row=JSONObject(**EMBEDDED))[:MAX_EMBEDDED])

    def due(self, *, at: datetime) -> Self:
        return self.filter(due_at__lte=at)

    def not_due(self, *, at: datetime) -> Self:
        return self.filter(Q(due_at__isnull=True) | Q(due_at__gt=at))

    def continue_restored(self, *, deleted_at: datetime, catch_up: bool) -> int:
        """Take the steps that were due, or move the dates by the time of the absence.

        What is beyond one request's bound is left to `advance`.
        """
        first: Any = self.select_related("organization").first()
        if first is None:
            return 0
        at = first.organization.now()
        if catch_up:
            due = self.due(at=at).order_by().values_list("pk", flat=True)
            return catch_up_restored(list(due), first.organization_id, at=at)
        pass_over(self, since=first.organization.now_at(deleted_at), at=at)
        return 0

    def summary(self, organization: Model) -> Summary:
        """The row counts of the organization's subscriptions."""
        by_status = dict.fromkeys(Status.values, 0)
        by_status |= count_by_status(self.model, organization.pk)
        return {"total": sum(by_status.values()), "by_status": by_status}
