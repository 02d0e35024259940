from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypedDict
from uuid import UUID

from django.db import models, transaction

from customers.billing_periods import steps_to
from customers.fields import MetadataField
from fluxrate.models import Owned, row_count_triggers
from fluxrate.models.owned import OwnedForeignKey
from fluxrate.postgres.triggers import history_triggers
from fluxrate.text import LineField
from fluxrate.times import validate_time

from . import subscription_advance
from .customer import Customer
from .plan import BillingInterval, Plan
from .subscription_actions import (
    Action,
    AvailableAction,
    Status,
    SubscriptionState,
    UnavailableAction,
    available_actions,
    unavailable_actions,
)
from .subscription_changes import action_changes, period_from
from .subscription_constraints import LIFE_CYCLE, SUBSCRIPTION_CONSTRAINTS
from .subscription_errors import (
    CustomerInactive,
    FarBehind,
    PlanInactive,
    StartsTooLongAgo,
    TrialEndsBeforeStart,
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

    Actions expect a locked row.
    """

    Status = Status
    revert_scope = "subscriptions"
    reverted_together = LIFE_CYCLE
    computed_times = frozenset(
        {"billing_anchor", "current_period_start", "current_period_end", "ended_at"}
    )

    customer = OwnedForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="subscriptions",
        db_constraint=False,
        db_index=False,
    )
    plan = OwnedForeignKey(
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
    scheduled_plan = OwnedForeignKey(
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
        first = period_from(trial_end, self.billing_interval, self.billing_anchor)
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
        self.save(update_fields=self.set_changes(action, at=at, **data))

    def set_changes(self, action: Action, *, at: datetime, **data: object) -> list[str]:
        """Catch up, then set the fields that the action changes; return their names."""
        self.catch_up(at=at)
        changes = action_changes(self, action, at=at, **data)
        self._set(**changes)
        return list(changes)

    def catch_up(self, *, at: datetime) -> None:
        """Take every step that was due by `at`, however late `advance` runs."""
        if self.due_at is None or self.due_at > at:
            return
        with transaction.atomic():
            if not subscription_advance.catch_up(self.pk, self.organization_id, at=at):
                raise FarBehind
            self.refresh_from_db()

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

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            setattr(self, name, value)
