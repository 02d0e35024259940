"""Constraints of subscriptions: on their references, status and dates."""

from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from customers.fields import metadata_is_flat
from fluxrate.postgres.constraint_triggers import ConstraintTrigger
from fluxrate.postgres.constraints import (
    CASCADE,
    SET_NULL,
    PrimaryKey,
    StateConstraint,
    TenantForeignKey,
    known_choice,
    visible_text,
)
from fluxrate.times import LATEST

from .plan import BillingInterval
from .subscription_actions import Status

PLAN_IN_USE = (
    "This plan has live subscriptions. Cancel or move them first, "
    "or make the plan inactive."
)

TRIAL, PAUSED = Q(status=Status.TRIAL), Q(status=Status.PAUSED)
CANCELED = Q(status=Status.CANCELED)

# The columns that actions and time change together.
LIFE_CYCLE = frozenset(
    {
        "plan_id",
        "plan_name",
        "status",
        "billing_interval",
        "billing_anchor",
        "current_period_start",
        "current_period_end",
        "trial_end_date",
        "cancel_at_period_end",
        "canceled_at",
        "cancel_reason",
        "ended_at",
        "paused_at",
        "resumes_at",
        "scheduled_plan_id",
        "scheduled_billing_interval",
    }
)


def both_or_neither(left: Q, right: Q) -> Q:
    return (left & right) | (~left & ~right)


def only_if(condition: Q, then: Q) -> Q:
    return ~condition | then


def check(
    name: str, condition: Q, message: str, *, code: str = "invalid"
) -> CheckConstraint:
    """`message` begins with the field that resolves the violation."""
    return CheckConstraint(
        condition=condition,
        name=f"subscription_{name}",
        violation_error_code=code,
        violation_error_message=message,
    )


SUBSCRIPTION_CONSTRAINTS = [
    PrimaryKey(
        fields=["organization", "id"],
        name="subscription_in_organization",
        violation_error_code="conflict",
        violation_error_message="A subscription with this id exists already.",
    ),
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
        condition=Q(plan__isnull=False) | CANCELED,
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
    known_choice("status", Status, name="subscription_status_known"),
    known_choice(
        "billing_interval", BillingInterval, name="subscription_billing_interval_known"
    ),
    check(
        "period_has_a_length",
        Q(current_period_end__gt=F("current_period_start")),
        "current_period_end: A period ends after its start.",
    ),
    check(
        "trial_end_date_bounded",
        only_if(
            Q(trial_end_date__isnull=False),
            Q(trial_end_date__gte=F("start_date"), trial_end_date__lt=LATEST),
        ),
        "trial_end_date: A trial cannot end before start_date.",
        code="before_start",
    ),
    check(
        "trial_ends_with_its_period",
        only_if(
            TRIAL,
            Q(trial_end_date__isnull=False, trial_end_date=F("current_period_end")),
        ),
        "trial_end_date: A trial ends with its period.",
    ),
    check(
        "ended_when_canceled",
        both_or_neither(CANCELED, Q(ended_at__isnull=False)),
        "ended_at: A canceled subscription has it, and no other.",
    ),
    check(
        "canceled_at_when_asked",
        both_or_neither(
            Q(canceled_at__isnull=False), CANCELED | Q(cancel_at_period_end=True)
        ),
        "canceled_at: A cancellation sets it, and nothing else.",
    ),
    check(
        "cancels_only_what_runs",
        ~(Q(cancel_at_period_end=True) & (CANCELED | PAUSED)),
        "cancel_at_period_end: A paused or canceled subscription cannot have it.",
    ),
    check(
        "paused_at_when_paused",
        both_or_neither(PAUSED, Q(paused_at__isnull=False)),
        "paused_at: A paused subscription has it, and no other.",
    ),
    check(
        "resumes_only_if_paused",
        Q(resumes_at__isnull=True)
        | (PAUSED & Q(resumes_at__gt=F("paused_at"), resumes_at__lt=LATEST)),
        "resumes_at: Only a paused subscription resumes, after its pause began.",
    ),
    check(
        "changes_only_what_goes_on",
        only_if(
            Q(scheduled_billing_interval__isnull=False),
            ~CANCELED & Q(cancel_at_period_end=False),
        ),
        "scheduled_billing_interval: A canceled subscription keeps its plan.",
    ),
    metadata_is_flat("subscription_metadata_is_flat"),
    ConstraintTrigger(
        name="organization_test_from_the_start",
        table="organizations_organization",
        events="UPDATE OF is_test",
        when="NEW.is_test AND NOT OLD.is_test",
        row="NEW",
        lock="organizations_organization",
        owner="id",
        violated_when=(
            "EXISTS (SELECT FROM customers_subscription WHERE organization_id = NEW.id)"
        ),
        violation_error_code="test_from_the_start",
        violation_error_message=(
            "is_test: An organization becomes a test one only before it has its first "
            "subscription."
        ),
    ),
]
