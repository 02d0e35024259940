"""A subscription's states and dates, and the verbs that change them."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Case, F, When

from customers.billing_periods import boundary_after
from fluxrate.errors import InvalidValue, RuleBroken
from fluxrate.models import Owned
from fluxrate.text import LineField
from fluxrate.times import validate_time

from .plan import BillingInterval
from .subscription_actions import BY_NAME, Facts, Refusal, Status, described

DUE_AT = Case(
    When(status=Status.CANCELED, then=None),
    When(status=Status.PAUSED, then=F("resumes_at")),
    default=F("current_period_end"),
)


class NotAllowed(RuleBroken):
    """The table of transitions forbids the action in the present state."""

    def __init__(self, refusal: Refusal, facts: Facts) -> None:
        available, unavailable = described(facts)
        super().__init__(
            refusal.reason,
            reason=refusal.code,
            available_actions=available,
            unavailable_actions=unavailable,
        )


class Lifecycle(Owned):
    """The part of a subscription that lives by the calendar.

    Every verb expects the row to be locked, and to have caught up with the time `at`
    (`Subscription.catch_up`).
    """

    Status = Status
    computed_times = frozenset(
        {"billing_anchor", "current_period_start", "current_period_end", "ended_at"}
    )

    class NotCancelable(NotAllowed):
        code = "not_cancelable"

    class NotUncancelable(NotAllowed):
        code = "not_uncancelable"

    class NotPausable(NotAllowed):
        code = "not_pausable"

    class NotResumable(NotAllowed):
        code = "not_resumable"

    class CannotBePastDue(NotAllowed):
        code = "cannot_be_past_due"

    class NothingToPay(NotAllowed):
        code = "nothing_to_pay"

    class NotActivatable(NotAllowed):
        code = "not_activatable"

    class TrialNotExtendable(NotAllowed):
        code = "trial_not_extendable"

    class PlanNotChangeable(NotAllowed):
        code = "plan_not_changeable"

    class NoScheduledChange(NotAllowed):
        code = "no_scheduled_change"

    class ResumesInThePast(RuleBroken):
        code = "resumes_in_the_past"
        message = "resumes_at must lie after the present time."
        field = "resumes_at"

    class TrialNotExtended(InvalidValue):
        code = "not_later"
        field = "trial_end_date"

    REFUSED: ClassVar[dict[str, type[NotAllowed]]] = {
        "cancel": NotCancelable,
        "uncancel": NotUncancelable,
        "pause": NotPausable,
        "resume": NotResumable,
        "mark-past-due": CannotBePastDue,
        "mark-paid": NothingToPay,
        "activate": NotActivatable,
        "extend-trial": TrialNotExtendable,
        "change-plan": PlanNotChangeable,
        "remove-scheduled-change": NoScheduledChange,
    }

    status = models.CharField(
        max_length=8, choices=Status, default=Status.ACTIVE, editable=False
    )
    billing_interval = models.CharField(max_length=5, choices=BillingInterval)
    start_date = models.DateTimeField(validators=[validate_time])
    billing_anchor = models.DateTimeField(
        validators=[validate_time],
        help_text="Periods begin whole intervals away from it.",
    )
    current_period_start = models.DateTimeField(editable=False)
    current_period_end = models.DateTimeField(
        editable=False, help_text="While it is paused: as it was at the pause."
    )
    trial_end_date = models.DateTimeField(
        null=True, blank=True, validators=[validate_time]
    )
    cancel_at_period_end = models.BooleanField(default=False, editable=False)
    canceled_at = models.DateTimeField(
        null=True, editable=False, help_text="When the cancellation was asked for."
    )
    cancel_reason = LineField(max_length=500, null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    paused_at = models.DateTimeField(null=True, editable=False)
    resumes_at = models.DateTimeField(
        null=True, editable=False, validators=[validate_time]
    )
    scheduled_billing_interval = models.CharField(
        max_length=5, choices=BillingInterval, null=True, editable=False
    )
    due_at = models.GeneratedField(
        expression=DUE_AT,
        output_field=models.DateTimeField(null=True),
        db_persist=True,
        help_text="When time will change it next.",
    )

    class Meta(Owned.Meta):
        abstract = True

    def cancel(
        self, *, at: datetime, cancel_at_period_end: bool, reason: str | None = None
    ) -> None:
        """Cancel now, or when the current period ends."""
        self._require("cancel", at_period_end=cancel_at_period_end)
        changes: dict[str, Any] = {
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
        """Take a scheduled cancellation back."""
        self._require("uncancel")
        self._change(cancel_at_period_end=False, canceled_at=None, cancel_reason=None)

    def pause(self, *, at: datetime, resumes_at: datetime | None = None) -> None:
        """Let its time stand still, until `resumes_at` or until someone resumes it."""
        self._require("pause")
        if resumes_at is not None and resumes_at <= at:
            raise self.ResumesInThePast
        self._change(status=Status.PAUSED, paused_at=at, resumes_at=resumes_at)

    def resume(self, *, at: datetime) -> None:
        """Go on where the pause began: the period ends later by the paused time, and
        the anchor moves by it.

        Only what the pause took of the period counts, not what came before its start.
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
        """Record that a payment is missing."""
        self._require("mark-past-due")
        self._change(status=Status.PAST_DUE)

    def mark_paid(self, *, at: datetime) -> None:
        """Record that what was missing has been paid."""
        self._require("mark-paid")
        self._change(status=Status.ACTIVE)

    def activate(self, *, at: datetime) -> None:
        """End the trial now; one that has not begun ends where it would begin."""
        self._require("activate")
        ends = max(at, self.start_date)
        anchor = self._anchor_if_trial_ends(ends)
        self._change(
            status=Status.ACTIVE, trial_end_date=ends, **self._period_from(ends, anchor)
        )

    def extend_trial(self, *, at: datetime, trial_end_date: datetime) -> None:
        """Let the trial end later."""
        self._require("extend-trial")
        if trial_end_date <= self.current_period_end:
            ends = f"{self.current_period_end.isoformat()}".replace("+00:00", "Z")
            raise self.TrialNotExtended(
                f"This must lie after the trial's present end, {ends}."
            )
        self._change(
            trial_end_date=trial_end_date,
            current_period_end=trial_end_date,
            billing_anchor=self._anchor_if_trial_ends(trial_end_date),
        )

    def facts(self) -> Facts:
        return Facts(
            Status(self.status),
            self.cancel_at_period_end,
            self.scheduled_billing_interval is not None,
        )

    @property
    def available_actions(self) -> list[dict[str, Any]]:
        """What may be done now: `name`, what it `needs` and `takes`, and `when`."""
        return list(described(self.facts())[0])

    @property
    def unavailable_actions(self) -> list[dict[str, Any]]:
        """What may not be done now: `name`, the reason's `code`, and the `reason`."""
        return list(described(self.facts())[1])

    def _require(self, name: str, *, at_period_end: bool = False) -> None:
        action = BY_NAME[name]
        if at_period_end and action.at_period_end:
            action = action.at_period_end
        refusal = action.refusal(self.facts())
        if refusal is not None:
            raise self.REFUSED[name](refusal, self.facts())

    def _period_from(
        self, start: datetime, anchor: datetime | None = None
    ) -> dict[str, Any]:
        """The period from `start` to the anchor's next boundary; it is its own anchor
        where it has no other.
        """
        anchor = anchor or start
        return {
            "billing_anchor": anchor,
            "current_period_start": start,
            "current_period_end": boundary_after(anchor, self.billing_interval, start),
        }

    def _anchor_if_trial_ends(self, end: datetime) -> datetime:
        """An anchor at the trial's end moves with it; another one stays."""
        follows = self.billing_anchor == self.trial_end_date
        return end if follows else self.billing_anchor

    def _nothing_scheduled(self) -> dict[str, Any]:
        return {"scheduled_plan": None, "scheduled_billing_interval": None}

    def _change(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)
        self.save(update_fields=list(values))
