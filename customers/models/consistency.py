"""How a subscription's status and dates belong together, as PostgreSQL checks it."""

from django.db.models import CheckConstraint, F, Q

from customers.calendar import EARLIEST, LATEST

from .plan import BillingInterval
from .transitions import Status

CANCELED, PAUSED, TRIAL = Q(status="CANCELED"), Q(status="PAUSED"), Q(status="TRIAL")


def both_or_neither(left: Q, right: Q) -> Q:
    return (left & right) | (~left & ~right)


def only_if(condition: Q, then: Q) -> Q:
    return ~condition | then


def check(name: str, condition: Q) -> CheckConstraint:
    return CheckConstraint(condition=condition, name=f"subscription_{name}")


STATE_CONSTRAINTS = [
    check("status_known", Q(status__in=Status.values)),
    check("billing_interval_known", Q(billing_interval__in=BillingInterval.values)),
    check("period_has_a_length", Q(current_period_end__gt=F("current_period_start"))),
    check("start_date_bounded", Q(start_date__gte=EARLIEST, start_date__lt=LATEST)),
    check(
        "trial_end_date_bounded",
        only_if(
            Q(trial_end_date__isnull=False),
            Q(trial_end_date__gte=F("start_date"), trial_end_date__lt=LATEST),
        ),
    ),
    check(
        "trial_ends_with_its_period",
        only_if(
            TRIAL,
            Q(trial_end_date__isnull=False, trial_end_date=F("current_period_end")),
        ),
    ),
    check("ended_when_canceled", both_or_neither(CANCELED, Q(ended_at__isnull=False))),
    check(
        "canceled_at_when_asked",
        both_or_neither(
            Q(canceled_at__isnull=False), CANCELED | Q(cancel_at_period_end=True)
        ),
    ),
    check(
        "cancels_only_what_runs",
        ~(Q(cancel_at_period_end=True) & (CANCELED | PAUSED)),
    ),
    check("paused_at_when_paused", both_or_neither(PAUSED, Q(paused_at__isnull=False))),
    check(
        "resumes_only_if_paused",
        Q(resumes_at__isnull=True)
        | (PAUSED & Q(resumes_at__gt=F("paused_at"), resumes_at__lt=LATEST)),
    ),
    check(
        "changes_only_what_goes_on",
        only_if(
            Q(scheduled_billing_interval__isnull=False),
            ~CANCELED & Q(cancel_at_period_end=False),
        ),
    ),
]
