from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from customers.calendar import boundary
from fluxrate.errors import RuleBroken
from fluxrate.postgres.constraints import (
    CASCADE,
    SET_NULL,
    StateConstraint,
    TenantForeignKey,
    not_empty,
)
from fluxrate.postgres.triggers import recorded
from fluxrate.text import LineField
from organizations.models import CountedQuerySet, Owned, kept_totals

from .customer import Customer
from .metadata import MetadataField, metadata_is_flat
from .plan import BillingInterval, Plan


class SubscriptionQuerySet(CountedQuerySet):
    pass


class Subscription(Owned):
    """A customer's subscription to a plan."""

    class Status(models.TextChoices):
        TRIAL = "TRIAL"
        ACTIVE = "ACTIVE"
        PAST_DUE = "PAST_DUE"
        PAUSED = "PAUSED"
        CANCELED = "CANCELED"

    class CustomerInactive(RuleBroken):
        code = "customer_inactive"
        message = "An inactive customer takes no new subscriptions."

    class PlanInactive(RuleBroken):
        code = "plan_inactive"
        message = "An inactive plan takes no new subscriptions."

    class NotCancelable(RuleBroken):
        code = "not_cancelable"
        message = "A canceled subscription cannot be canceled again."

    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="subscriptions",
        db_constraint=False,
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
        max_length=255, null=True, blank=True, help_text="The caller's own id."
    )
    status = models.CharField(
        max_length=8, choices=Status, default=Status.ACTIVE, editable=False
    )
    billing_interval = models.CharField(max_length=5, choices=BillingInterval)
    start_date = models.DateTimeField()
    current_period_start = models.DateTimeField(editable=False)
    current_period_end = models.DateTimeField(editable=False)
    trial_end_date = models.DateTimeField(null=True, blank=True)
    cancel_at_period_end = models.BooleanField(default=False, editable=False)
    canceled_at = models.DateTimeField(null=True, editable=False)
    cancel_reason = LineField(max_length=500, null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    paused_at = models.DateTimeField(null=True, editable=False)
    resumes_at = models.DateTimeField(null=True, editable=False)
    metadata = MetadataField()

    objects: ClassVar = SubscriptionQuerySet.as_manager()

    class Meta(Owned.Meta):
        triggers = [*recorded(), *kept_totals()]
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
            StateConstraint(
                condition=Q(plan__isnull=False) | Q(status="CANCELED"),
                name="subscription_live_has_a_plan",
                violation_error_code="plan_in_use",
                violation_error_message=(
                    "This plan has live subscriptions. Cancel or move them first, "
                    "or make the plan inactive."
                ),
            ),
            UniqueConstraint(
                fields=["organization", "external_id"],
                name="subscription_external_id_taken",
                violation_error_code="external_id_taken",
                violation_error_message="Another subscription has this external_id.",
            ),
            CheckConstraint(
                condition=Q(
                    status__in=["TRIAL", "ACTIVE", "PAST_DUE", "PAUSED", "CANCELED"]
                ),
                name="subscription_status_known",
            ),
            CheckConstraint(
                condition=Q(billing_interval__in=BillingInterval.values),
                name="subscription_billing_interval_known",
            ),
            CheckConstraint(
                condition=Q(current_period_end__gt=F("current_period_start")),
                name="subscription_period_has_a_length",
            ),
            not_empty("external_id", name="subscription_external_id_not_empty"),
            CheckConstraint(
                condition=(Q(status="CANCELED") & Q(ended_at__isnull=False))
                | (~Q(status="CANCELED") & Q(ended_at__isnull=True)),
                name="subscription_ended_when_canceled",
            ),
            metadata_is_flat("subscription_metadata_is_flat"),
        ]
        indexes = [
            Index(fields=["customer", "id"], name="subscription_customer"),
            Index(fields=["organization", "status", "id"], name="subscription_status"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_name} ({self.status})"

    @classmethod
    def begin(
        cls, *, at: datetime, customer: Customer, plan: Plan, **fields: Any
    ) -> Self:
        """Save a new subscription: in trial where there is one, else active."""
        if customer.status != Customer.Status.ACTIVE:
            raise cls.CustomerInactive
        if not plan.is_active:
            raise cls.PlanInactive
        start = fields.setdefault("start_date", at)
        fields.setdefault("billing_interval", plan.billing_interval)
        subscription = cls(customer=customer, plan=plan, plan_name=plan.name, **fields)
        if subscription.trial_end_date is None and plan.trial_days:
            subscription.trial_end_date = start + timedelta(days=plan.trial_days)
        trial_end = subscription.trial_end_date
        in_trial = trial_end is not None and trial_end > at
        subscription.status = cls.Status.TRIAL if in_trial else cls.Status.ACTIVE
        subscription.current_period_start = start
        subscription.current_period_end = (
            trial_end
            if trial_end and in_trial
            else (boundary(start, subscription.billing_interval, 1))
        )
        subscription.save(force_insert=True)
        return subscription

    def cancel(
        self, *, at: datetime, cancel_at_period_end: bool, reason: str | None = None
    ) -> None:
        """Cancel now, or when the current period ends."""
        if self.status == self.Status.CANCELED:
            raise self.NotCancelable
        self.canceled_at, self.cancel_reason = at, reason
        self.cancel_at_period_end = cancel_at_period_end
        if not cancel_at_period_end:
            self.status, self.ended_at = self.Status.CANCELED, at
        self.save()
