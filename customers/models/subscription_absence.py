"""Subscriptions that were deleted and restored, as if no time had passed."""

from datetime import datetime

from django.db.models import (
    Case,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Greatest

from .subscription_actions import Status

MOVED = ("current_period_end", "billing_anchor", "paused_at", "resumes_at")


def pass_over(rows: QuerySet, *, since: datetime, at: datetime) -> None:
    """Move the dates that lie ahead by the time from `since` to `at`, in one UPDATE.

    As in `resume`, an absence before the period's start counts from that start. A trial
    ends later, too, and a pause lasts as long as before.
    """
    began = Greatest(Value(since), F("current_period_start"))
    absence = ExpressionWrapper(
        Value(at, DateTimeField()) - began, output_field=DurationField()
    )
    moved = {name: F(name) + absence for name in MOVED}
    trial_end = Case(
        When(status=Status.TRIAL, then=F("trial_end_date") + absence),
        default=F("trial_end_date"),
    )
    going_on = rows.filter(~Q(status=Status.CANCELED), current_period_start__lt=at)
    going_on.update(**moved, trial_end_date=trial_end)
