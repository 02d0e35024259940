from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Index, Q, UniqueConstraint

from customers.billing_periods import steps_to
from customers.fields import MetadataField, metadata_is_flat
from fluxrate.errors import InvalidValue, RuleBroken
from fluxrate.models import CountedQuerySet, row_count_triggers
from fluxrate.postgres.constraints import (
    CASCADE,
    SET_NULL,
    StateConstraint,
    TenantForeignKey,
    visible_text,
)
from fluxrate.postgres.triggers import recorded
from fluxrate.text import LineField

from . import subscription_advance
from .customer import Customer
from .lifecycle import Lifecycle
from .plan import Plan
from .subscription_actions import Status
from .subscription_constraints import STATE_CONSTRAINTS, both_or_neither

PLAN_IN_USE = (
    "This plan has live subscriptions. Cancel or move them first, "
    "or make the plan inactive."
)

MOST_MISSED = 1_000
"""So many periods of a new subscription may have ended already."""

# The members of an answer that another table shows.
SHOWN_BY = {"plan_name": "plan", "scheduled_change": "scheduled_plan"}


class SubscriptionQuerySet(CountedQuerySet):
    def faces(self, members: Collection[str] = tuple(SHOWN_BY)) -> Self:
        """With the plans that the members of an answer show, and no others."""
        plans = [SHOWN_BY[name] for name in members if name in SHOWN_BY]
        none = self.select_related(None)
        return none.select_related(*plans) if plans else none

    def due(self, *, at: datetime) -> Self:
        """Those that time has to change, if it is `at`."""
        return self.filter(due_at__lte=at)

    def not_due(self, *, at: datetime) -> Self:
        return self.filter(Q(due_at__isnull=True) | Q(due_at__gt=at))

    def summary(self) -> dict[str, Any]:
        """`total`, and the number `by_status`, each status in it."""
        by_status = dict.fromkeys(Status.values, 0) | self.count_by_status()
        return {"total": sum(by_status.values()), "by_status": by_status}


class Subscription(Lifecycle):
    """A customer's subscription to a plan."""

    class CustomerInactive(RuleBroken):
        code = "customer_inactive"
        message = "An inactive customer takes no new subscriptions."

    class PlanInactive(RuleBroken):
        code = "plan_inactive"
        message = "An inactive plan takes no new subscriptions."

    class PlanUnchanged(RuleBroken):
        code = "plan_unchanged"
        message = "It has this plan and this billing interval already."

    class TrialEndsBeforeStart(InvalidValue):
        code = "before_start"
        field = "trial_end_date"
        message = (
            "A trial cannot end before start_date; one that ends at start_date is no "
            "trial."
        )

    class FarBehind(RuleBroken):
        code = "far_behind"
        message = (
            f"Over {subscription_advance.MOST_STEPS} of its periods have ended and "
            "wait for `manage.py advance`; in a test organization, for POST "
            "/organization/clock."
        )

    class StartsTooLongAgo(InvalidValue):
        code = "too_long_ago"
        field = "start_date"

    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="subscriptions",
        db_constraint=False,
        db_index=False,
    )
    plan = models.ForeignKey(
        Plan,
        on_delete=models.SET_NULL,
        null=True,
        related_name="subscriptions",
        db_constraint=False,
    )
    plan_name = LineField(
        max_length=255,
        editable=False,
        help_text="The plan's name; once the plan is deleted, its last one here.",
    )
    scheduled_plan = models.ForeignKey(
        Plan,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    external_id = LineField(
        max_length=255, null=True, blank=True, help_text="The caller's own id."
    )
    metadata = MetadataField()

    objects: ClassVar = SubscriptionQuerySet.as_manager()

    class Meta(Lifecycle.Meta):
        abstract = False
        triggers = [
            *recorded(delays={"trial_end_date": "trial_extended"}),
            *row_count_triggers(),
        ]
        constraints = [
            TenantForeignKey(
                field="customer",
                to="customers_customer",
                on_delete=CASCADE,
                name="subscription_customer_in_organization",
                violation_error_code="does_not_exist",
                violation_error_message="There is no such customer.",
            ),
            TenantForeignKey(
                field="plan",
                to="customers_plan",
                on_delete=SET_NULL,
                name="subscription_plan_in_organization",
                violation_error_code="does_not_exist",
                violation_error_message="There is no such plan.",
            ),
            TenantForeignKey(
                field="scheduled_plan",
                to="customers_plan",
                on_delete=SET_NULL,
                name="subscription_scheduled_plan_in_organization",
                violation_error_code="does_not_exist",
                violation_error_message="There is no such plan.",
            ),
            StateConstraint(
                condition=Q(plan__isnull=False) | Q(status="CANCELED"),
                name="subscription_live_has_a_plan",
                violation_error_code="plan_in_use",
                violation_error_message=PLAN_IN_USE,
            ),
            StateConstraint(
                condition=both_or_neither(
                    Q(scheduled_plan__isnull=False),
                    Q(scheduled_billing_interval__isnull=False),
                ),
                name="subscription_scheduled_change_has_a_plan",
                violation_error_code="plan_in_use",
                violation_error_message=PLAN_IN_USE,
            ),
            UniqueConstraint(
                fields=["organization", "external_id"],
                name="subscription_external_id_taken",
                violation_error_code="external_id_taken",
                violation_error_message="Another subscription has this external_id.",
            ),
            visible_text("external_id", name="subscription_external_id_not_empty"),
            *STATE_CONSTRAINTS,
            metadata_is_flat("subscription_metadata_is_flat"),
        ]
        indexes = [
            Index(fields=["customer", "id"], name="subscription_customer"),
            Index(fields=["organization", "status", "id"], name="subscription_status"),
            Index(
                fields=["organization", "current_period_end", "id"],
                name="subscription_period_end",
            ),
            Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="subscription_due",
            ),
            Index(
                fields=["scheduled_plan"],
                condition=Q(scheduled_plan__isnull=False),
                name="subscription_scheduled_plan",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_name} ({self.status})"

    @property
    def scheduled_change(self) -> dict[str, Any] | None:
        """`plan_id`, `plan_name`, `billing_interval` and `at` of the change to come.

        The queryset must have selected `scheduled_plan`.
        """
        if self.scheduled_plan is None:
            return None
        return {
            "plan_id": self.scheduled_plan_id,
            "plan_name": self.scheduled_plan.name,
            "billing_interval": self.scheduled_billing_interval,
            "at": None if self.status == self.Status.PAUSED else self.due_at,
        }

    @classmethod
    def begin(
        cls, *, at: datetime, customer: Customer, plan: Plan, **fields: Any
    ) -> Self:
        """Save a new subscription: in trial where there is one, else active.

        Without a `trial_end_date` the plan's `trial_days` decide; one that is the
        start itself is no trial. Without a `billing_anchor` the first period is it.
        """
        if customer.kept().status != Customer.Status.ACTIVE:
            raise cls.CustomerInactive
        if not plan.kept().is_active:
            raise cls.PlanInactive
        fields = {"start_date": at, "billing_interval": plan.billing_interval} | fields
        one = cls(customer=customer, plan=plan, plan_name=plan.name, **fields)
        if one.trial_end_date is None and plan.trial_days:
            one.trial_end_date = one.start_date + timedelta(days=plan.trial_days)
        one._begin_first_period(at=at)
        one.save(force_insert=True)
        return one

    def _begin_first_period(self, *, at: datetime) -> None:
        trial_end = self.trial_end_date or self.start_date
        if trial_end < self.start_date:
            raise self.TrialEndsBeforeStart
        first = self._period_from(trial_end, self.billing_anchor)
        if trial_end > max(at, self.start_date):
            self.status = self.Status.TRIAL
            first |= {
                "current_period_start": self.start_date,
                "current_period_end": trial_end,
            }
        for name, value in first.items():
            setattr(self, name, value)
        self._require_recent(at=at)

    def _require_recent(self, *, at: datetime) -> None:
        """Each missed period will be an event: a request makes no more than so many."""
        missed = steps_to(self.current_period_end, self.billing_interval, at)
        if missed > MOST_MISSED:
            raise self.StartsTooLongAgo(
                f"About {missed:,} periods have ended since, over {MOST_MISSED:,}. "
                "Name the start of a later one, and this time as billing_anchor."
            )

    def catch_up(self, *, at: datetime) -> None:
        """Let everything happen that was due by then, however late `advance` may be.

        For a locked row: whatever is done with it afterwards meets its state at `at`.
        """
        if self.due_at is None or self.due_at > at:
            return
        if not subscription_advance.catch_up(self.pk, at=at):
            raise self.FarBehind
        self.refresh_from_db()

    def change_plan(
        self,
        *,
        at: datetime,
        plan: Plan,
        billing_interval: str | None = None,
        at_period_end: bool = False,
    ) -> None:
        """Move to a plan and its interval, now or when the current period ends.

        A change now keeps the current period, unless the interval changes: then a new
        one begins at once. In trial and in a pause, the interval counts from their end.
        """
        self._require("change-plan", at_period_end=at_period_end)
        interval = billing_interval or plan.billing_interval
        if (self.plan_id, self.billing_interval) == (plan.pk, interval):
            raise self.PlanUnchanged
        if not plan.kept().is_active:
            raise self.PlanInactive
        if at_period_end:
            self._change(scheduled_plan=plan, scheduled_billing_interval=interval)
        else:
            self._change_plan_now(plan, interval, at=at)

    def _change_plan_now(self, plan: Plan, interval: str, *, at: datetime) -> None:
        changes = self._nothing_scheduled() | {"plan": plan, "plan_name": plan.name}
        if interval != self.billing_interval:
            self.billing_interval = changes["billing_interval"] = interval
            if self.status == self.Status.PAUSED:
                changes["billing_anchor"] = self.current_period_end
            elif self.status != self.Status.TRIAL:
                changes |= self._period_from(max(at, self.current_period_start))
        self._change(**changes)

    def remove_scheduled_change(self, *, at: datetime) -> None:
        """Keep the plan after the current period."""
        self._require("remove-scheduled-change")
        self._change(**self._nothing_scheduled())
