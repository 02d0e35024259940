from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypedDict
from uuid import UUID

from django.db import models

from customers.billing_periods import next_boundary, steps_to
from customers.fields import MetadataField
from fluxrate.models import Owned, row_count_triggers
from fluxrate.postgres.triggers import history_triggers
from fluxrate.text import LineField
from fluxrate.times import validate_time

from . import subscription_advance
from .customer import Customer
from .plan import BillingInterval, Plan
from .subscription_actions import (
    BY_NAME,
    Action,
    AvailableAction,
    Status,
    SubscriptionState,
    UnavailableAction,
    available_actions,
    unavailable_actions,
)
from .subscription_constraints import LIFE_CYCLE, SUBSCRIPTION_CONSTRAINTS
from .subscription_errors import (
    CustomerInactive,
    FarBehind,
    PlanInactive,
    PlanUnchanged,
    ResumesInThePast,
    StartsTooLongAgo,
    TrialEndsBeforeStart,
    TrialNotExtended,
)
from .subscription_indexes import SUBSCRIPTION_INDEXES
from .subscription_queryset import DUE_AT, SubscriptionQuerySet

MAX_MISSED_PERIODS = 1_000
"""Most periods of a new subscription that may have ended already."""


class ScheduledChange(TypedDict):
    plan_id: UUID
    plan_name: str
    billing_interval: str
    at: datetime | None


class Subscription(Owned):
    """A customer's subscription to a plan.

    The actions expect a locked row that has caught up with `at`: `perform` does both.
    """

    Status = Status
    revert_scope = "subscriptions"
    reverted_together = LIFE_CYCLE
    computed_times = frozenset(
        {"billing_anchor", "current_period_start", "current_period_end", "ended_at"}
    )
    # With a set, actions add the names of changed fields instead of saving them.
    unsaved: set[str] | None = None

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
    external_id = LineField(
        max_length=255, null=True, blank=True, help_text="The client's own id."
    )
    status = models.CharField(
        max_length=8, choices=Status, default=Status.ACTIVE, editable=False
    )
    billing_interval = models.CharField(max_length=5, choices=BillingInterval)
    start_date = models.DateTimeField(validators=[validate_time])
    billing_anchor = models.DateTimeField(
        validators=[validate_time],
        help_text="Periods begin a whole number of intervals from it.",
    )
    current_period_start = models.DateTimeField(editable=False)
    current_period_end = models.DateTimeField(
        editable=False,
        help_text="While the subscription is paused: the end at the time of the pause.",
    )
    trial_end_date = models.DateTimeField(
        null=True, blank=True, validators=[validate_time]
    )
    cancel_at_period_end = models.BooleanField(default=False, editable=False)
    canceled_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="The time of the request for the cancellation.",
    )
    cancel_reason = LineField(max_length=500, null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    paused_at = models.DateTimeField(null=True, editable=False)
    resumes_at = models.DateTimeField(
        null=True, editable=False, validators=[validate_time]
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
    scheduled_billing_interval = models.CharField(
        max_length=5, choices=BillingInterval, null=True, editable=False
    )
    due_at = models.GeneratedField(
        expression=DUE_AT,
        output_field=models.DateTimeField(null=True),
        db_persist=True,
        help_text="The next time at which the subscription changes.",
    )
    metadata = MetadataField()

    objects: ClassVar = SubscriptionQuerySet.as_manager()

    class Meta(Owned.Meta):
        permissions = [("export_subscription", "Can export subscriptions")]
        triggers = [
            *history_triggers(later_event_types={"trial_end_date": "trial_extended"}),
            *row_count_triggers(),
        ]
        constraints = SUBSCRIPTION_CONSTRAINTS
        indexes = SUBSCRIPTION_INDEXES

    def __str__(self) -> str:
        return f"{self.plan_name} ({self.status})"

    @classmethod
    def begin(
        cls, *, at: datetime, customer: Customer, plan: Plan, **fields: Any
    ) -> Self:
        """Save a new subscription, in trial or active.

        Without `trial_end_date` the plan's `trial_days` decide; a `trial_end_date`
        equal to the start means no trial. Without `billing_anchor`, the anchor is the
        start of the first paid period.
        """
        if customer.for_share().status != Customer.Status.ACTIVE:
            raise CustomerInactive
        if not plan.for_share().is_active:
            raise PlanInactive
        fields = {"start_date": at, "billing_interval": plan.billing_interval} | fields
        new = cls(customer=customer, plan=plan, plan_name=plan.name, **fields)
        if new.trial_end_date is None and plan.trial_days:
            new.trial_end_date = new.start_date + timedelta(days=plan.trial_days)
        new._begin_first_period(at=at)
        new.save(force_insert=True)
        return new

    def _begin_first_period(self, *, at: datetime) -> None:
        trial_end = self.trial_end_date or self.start_date
        if trial_end < self.start_date:
            raise TrialEndsBeforeStart
        first = self._period_from(trial_end, self.billing_anchor)
        if trial_end > max(at, self.start_date):
            first |= {
                "status": Status.TRIAL,
                "current_period_start": self.start_date,
                "current_period_end": trial_end,
            }
        self._set(**first)
        # Each missed period becomes an event: this bounds the events of one request.
        missed = steps_to(self.current_period_end, self.billing_interval, at)
        if missed > MAX_MISSED_PERIODS:
            raise StartsTooLongAgo(
                f"About {missed:,} periods have ended since, over "
                f"{MAX_MISSED_PERIODS:,}. Name the start of a later one, and this time "
                "as billing_anchor."
            )

    def perform(self, action: Action, *, at: datetime, **data: object) -> None:
        """Catch up with `at`, then do the action with its validated data."""
        self.catch_up(at=at)
        getattr(self, action.method)(at=at, **data)

    def catch_up(self, *, at: datetime) -> None:
        """Take every step that was due by `at`, however late `advance` runs."""
        if self.due_at is None or self.due_at > at:
            return
        if not subscription_advance.catch_up(self.pk, at=at):
            raise FarBehind
        self.refresh_from_db()

    def cancel(
        self, *, at: datetime, cancel_at_period_end: bool, reason: str | None = None
    ) -> None:
        """Cancel now, or when the current period ends."""
        self._require("cancel", at_period_end=cancel_at_period_end)
        changes: dict[str, object] = {
            "canceled_at": at,
            "cancel_reason": reason or self.cancel_reason,
            "cancel_at_period_end": cancel_at_period_end,
            **self._nothing_scheduled(),
        }
        if not cancel_at_period_end:
            changes |= {
                "status": Status.CANCELED,
                "ended_at": at,
                "paused_at": None,
                "resumes_at": None,
            }
        self._change(**changes)

    def uncancel(self, *, at: datetime) -> None:
        self._require("uncancel")
        self._change(cancel_at_period_end=False, canceled_at=None, cancel_reason=None)

    def pause(self, *, at: datetime, resumes_at: datetime | None = None) -> None:
        """Stop its time, until `resumes_at` or until someone resumes it."""
        self._require("pause")
        if resumes_at is not None and resumes_at <= at:
            raise ResumesInThePast
        self._change(status=Status.PAUSED, paused_at=at, resumes_at=resumes_at)

    def resume(self, *, at: datetime) -> None:
        """Continue: the period's end and the anchor move by the paused time.

        A pause before the period's start counts from that start.
        """
        self._require("resume")
        began = max(self.paused_at or at, self.current_period_start)
        paused = max(at - began, timedelta(0))
        self._change(
            status=Status.ACTIVE,
            paused_at=None,
            resumes_at=None,
            current_period_end=self.current_period_end + paused,
            billing_anchor=self.billing_anchor + paused,
        )

    def mark_past_due(self, *, at: datetime) -> None:
        self._require("mark-past-due")
        self._change(status=Status.PAST_DUE)

    def mark_paid(self, *, at: datetime) -> None:
        self._require("mark-paid")
        self._change(status=Status.ACTIVE)

    def activate(self, *, at: datetime) -> None:
        """End the trial now, or at its start if it has not begun."""
        self._require("activate")
        end = max(at, self.start_date)
        anchor = self._anchor_if_trial_ends(end)
        self._change(
            status=Status.ACTIVE, trial_end_date=end, **self._period_from(end, anchor)
        )

    def extend_trial(self, *, at: datetime, trial_end_date: datetime) -> None:
        """Let the trial end later."""
        self._require("extend-trial")
        if trial_end_date <= self.current_period_end:
            end = self.current_period_end.isoformat().replace("+00:00", "Z")
            raise TrialNotExtended(
                f"This must lie after the trial's present end, {end}."
            )
        self._change(
            trial_end_date=trial_end_date,
            current_period_end=trial_end_date,
            billing_anchor=self._anchor_if_trial_ends(trial_end_date),
        )

    def change_plan(
        self,
        *,
        at: datetime,
        plan: Plan,
        billing_interval: str | None = None,
        at_period_end: bool = False,
    ) -> None:
        """Move to a plan and its interval, now or when the current period ends.

        A change now keeps the current period unless the interval changes; then a new
        period begins at once. In a trial or a pause the new interval counts from its
        end.
        """
        self._require("change-plan", at_period_end=at_period_end)
        interval = billing_interval or plan.billing_interval
        if (self.plan_id, self.billing_interval) == (plan.pk, interval):
            raise PlanUnchanged
        if not plan.for_share().is_active:
            raise PlanInactive
        if at_period_end:
            self._change(scheduled_plan=plan, scheduled_billing_interval=interval)
        else:
            self._change_plan_now(plan, interval, at=at)

    def _change_plan_now(self, plan: Plan, interval: str, *, at: datetime) -> None:
        changes = self._nothing_scheduled() | {"plan": plan, "plan_name": plan.name}
        if interval != self.billing_interval:
            self.billing_interval = changes["billing_interval"] = interval
            if self.status == Status.PAUSED:
                changes["billing_anchor"] = self.current_period_end
            elif self.status != Status.TRIAL:
                changes |= self._period_from(max(at, self.current_period_start))
        self._change(**changes)

    def remove_scheduled_change(self, *, at: datetime) -> None:
        """Keep the plan after the current period."""
        self._require("remove-scheduled-change")
        self._change(**self._nothing_scheduled())

    @property
    def state(self) -> SubscriptionState:
        return SubscriptionState(
            Status(self.status),
            self.cancel_at_period_end,
            self.scheduled_billing_interval is not None,
        )

    @property
    def available_actions(self) -> tuple[AvailableAction, ...]:
        return available_actions(self.state)

    @property
    def unavailable_actions(self) -> tuple[UnavailableAction, ...]:
        return unavailable_actions(self.state)

    @property
    def scheduled_change(self) -> ScheduledChange | None:
        """The change of plan at the period's end; needs `scheduled_plan` joined."""
        if self.scheduled_plan is None:
            return None
        return {
            "plan_id": self.scheduled_plan.pk,
            "plan_name": self.scheduled_plan.name,
            "billing_interval": self.scheduled_billing_interval or "",
            "at": None if self.status == Status.PAUSED else self.due_at,
        }

    def _require(self, name: str, *, at_period_end: bool = False) -> None:
        BY_NAME[name].require(self.state, at_period_end=at_period_end)

    def _period_from(
        self, start: datetime, anchor: datetime | None = None
    ) -> dict[str, object]:
        """The period from `start` to the anchor's next boundary; default: its own."""
        anchor = anchor or start
        return {
            "billing_anchor": anchor,
            "current_period_start": start,
            "current_period_end": next_boundary(anchor, self.billing_interval, start),
        }

    def _anchor_if_trial_ends(self, end: datetime) -> datetime:
        """An anchor at the trial's end moves with it; another one stays."""
        follows = self.billing_anchor == self.trial_end_date
        return end if follows else self.billing_anchor

    def _nothing_scheduled(self) -> dict[str, object]:
        return {"scheduled_plan": None, "scheduled_billing_interval": None}

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            setattr(self, name, value)

    def _change(self, **values: object) -> None:
        self._set(**values)
        if self.unsaved is None:
            self.save(update_fields=list(values))
        else:
            self.unsaved.update(values)
