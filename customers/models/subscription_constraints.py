"""How a subscription's status and dates belong together, as PostgreSQL checks it."""

from django.db.models import CheckConstraint, F, Q

from customers.billing_periods import LATEST
from fluxrate.postgres.constraints import one_of

from .plan import BillingInterval
from .subscription_actions import Status

CANCELED, PAUSED, TRIAL = Q(status="CANCELED"), Q(status="PAUSED"), Q(status="TRIAL")


def both_or_neither(left: Q, right: Q) -> Q:
    return (left & right) | (~left & ~right)


def only_if(condition: Q, then: Q) -> Q:
    return ~condition | then


def check(
    name: str, condition: Q, words: str, *, code: str = "invalid"
) -> CheckConstraint:
    """`words` begin with the field that mends it."""
    return CheckConstraint(
        condition=condition,
        name=f"subscription_{name}",
        violation_error_code=code,
        violation_error_message=words,
    )


STATE_CONSTRAINTS = [
    one_of("status", Status, name="subscription_status_known"),
    one_of(
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
        "ended_at: What is canceled has ended, and nothing else has.",
    ),
    check(
        "canceled_at_when_asked",
        both_or_neither(
            Q(canceled_at__isnull=False), CANCELED | Q(cancel_at_period_end=True)
        ),
        "canceled_at: It is set where a cancellation was asked for, and only there.",
    ),
    check(
        "cancels_only_what_runs",
        ~(Q(cancel_at_period_end=True) & (CANCELED | PAUSED)),
        "cancel_at_period_end: Only what runs can be canceled at the end of a period.",
    ),
    check(
        "paused_at_when_paused",
        both_or_neither(PAUSED, Q(paused_at__isnull=False)),
        "paused_at: It is set while a subscription is paused, and only then.",
    ),
    check(
        "resumes_only_if_paused",
        Q(resumes_at__isnull=True)
        | (PAUSED & Q(resumes_at__gt=F("paused_at"), resumes_at__lt=LATEST)),
        "resumes_at: Only what is paused resumes, and later than it was paused.",
    ),
    check(
        "changes_only_what_goes_on",
        only_if(
            Q(scheduled_billing_interval__isnull=False),
            ~CANCELED & Q(cancel_at_period_end=False),
        ),
        "scheduled_billing_interval: Only what goes on can change its plan.",
    ),
]
