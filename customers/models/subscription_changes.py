"""What an action changes in a subscription that has caught up with the time `at`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import models

from customers.billing_periods import next_boundary

from .plan import Plan
from .subscription_actions import BY_NAME, Action, Status
from .subscription_errors import (
    ForeignPlan,
    PlanInactive,
    PlanUnchanged,
    ResumesInThePast,
    TrialNotExtended,
)

# Field → new value.
Changes = dict[str, object]


def action_changes(
    subscription: models.Model, action: Action, *, at: datetime, **data: object
) -> Changes:
    """The changes of the action with its validated data. Raises what refuses it."""
    change = getattr(_Change(subscription, at), action.method)
    return cast(Changes, change(**data))


def period_from(
    start: datetime, interval: str, anchor: datetime | None = None
) -> Changes:
    """The period from `start` to the anchor's next boundary; default: its own."""
    anchor = anchor or start
    return {
        "billing_anchor": anchor,
        "current_period_start": start,
        "current_period_end": next_boundary(anchor, interval, start),
    }


def _nothing_scheduled() -> Changes:
    return {"scheduled_plan": None, "scheduled_billing_interval": None}


@dataclass(frozen=True)
class _Change:
    """A method for each action, of the same name."""

    # A Subscription, whose module imports this one.
    present: Any
    at: datetime

    def cancel(
        self, *, cancel_at_period_end: bool, reason: str | None = None
    ) -> Changes:
        """Cancel now, or when the current period ends."""
        self._require("cancel", at_period_end=cancel_at_period_end)
        changes: Changes = {
            "canceled_at": self.at,
            "cancel_reason": reason or self.present.cancel_reason,
            "cancel_at_period_end": cancel_at_period_end,
            **_nothing_scheduled(),
        }
        if not cancel_at_period_end:
            changes |= {
                "status": Status.CANCELED,
                "ended_at": self.at,
                "paused_at": None,
                "resumes_at": None,
            }
        return changes

    def uncancel(self) -> Changes:
        self._require("uncancel")
        return {
            "cancel_at_period_end": False,
            "canceled_at": None,
            "cancel_reason": None,
        }

    def pause(self, *, resumes_at: datetime | None = None) -> Changes:
        """Stop its time, until `resumes_at` or until someone resumes it."""
        self._require("pause")
        if resumes_at is not None and resumes_at <= self.at:
            raise ResumesInThePast
        return {
            "status": Status.PAUSED,
            "paused_at": self.at,
            "resumes_at": resumes_at,
        }

    def resume(self) -> Changes:
        """Continue: the period's end and the anchor move by the paused time.

        A pause before the period's start counts from that start.
        """
        self._require("resume")
        began = self.present.paused_at or self.at
        began = max(began, self.present.current_period_start)
        paused = max(self.at - began, timedelta(0))
        return {
            "status": Status.ACTIVE,
            "paused_at": None,
            "resumes_at": None,
            "current_period_end": self.present.current_period_end + paused,
            "billing_anchor": self.present.billing_anchor + paused,
        }

    def mark_past_due(self) -> Changes:
        self._require("mark-past-due")
        return {"status": Status.PAST_DUE}

    def mark_paid(self) -> Changes:
        self._require("mark-paid")
        return {"status": Status.ACTIVE}

    def activate(self) -> Changes:
        """End the trial now, or at its start if it has not begun."""
        self._require("activate")
        end = max(self.at, self.present.start_date)
        anchor = self._anchor_if_trial_ends(end)
        period = period_from(end, self.present.billing_interval, anchor)
        return {"status": Status.ACTIVE, "trial_end_date": end, **period}

    def extend_trial(self, *, trial_end_date: datetime) -> Changes:
        """Let the trial end later."""
        self._require("extend-trial")
        if trial_end_date <= self.present.current_period_end:
            end = self.present.current_period_end.isoformat().replace("+00:00", "Z")
            raise TrialNotExtended(
                f"This must lie after the trial's present end, {end}."
            )
        return {
            "trial_end_date": trial_end_date,
            "current_period_end": trial_end_date,
            "billing_anchor": self._anchor_if_trial_ends(trial_end_date),
        }

    def change_plan(
        self,
        *,
        plan: Plan,
        billing_interval: str | None = None,
        at_period_end: bool = False,
    ) -> Changes:
        """Move to a plan and its interval, now or when the current period ends.

        A change now keeps the current period unless the interval changes; then a new
        period begins at once. In a trial or a pause the new interval counts from its
        end.
        """
        if plan.organization_id != self.present.organization_id:
            raise ForeignPlan
        self._require("change-plan", at_period_end=at_period_end)
        interval = billing_interval or plan.billing_interval
        if (self.present.plan_id, self.present.billing_interval) == (plan.pk, interval):
            raise PlanUnchanged
        if not plan.for_share().is_active:
            raise PlanInactive
        if at_period_end:
            return {"scheduled_plan": plan, "scheduled_billing_interval": interval}
        changes = _nothing_scheduled() | {"plan": plan, "plan_name": plan.name}
        if interval != self.present.billing_interval:
            changes |= self._new_interval(interval)
        return changes

    def _new_interval(self, interval: str) -> Changes:
        changes: Changes = {"billing_interval": interval}
        if self.present.status == Status.PAUSED:
            changes["billing_anchor"] = self.present.current_period_end
        elif self.present.status != Status.TRIAL:
            start = max(self.at, self.present.current_period_start)
            changes |= period_from(start, interval)
        return changes

    def remove_scheduled_change(self) -> Changes:
        """Keep the plan after the current period."""
        self._require("remove-scheduled-change")
        return _nothing_scheduled()

    def _require(self, name: str, *, at_period_end: bool = False) -> None:
        BY_NAME[name].require(self.present.state, at_period_end=at_period_end)

    def _anchor_if_trial_ends(self, end: datetime) -> datetime:
        """An anchor at the trial's end moves with it; another one stays."""
        follows = self.present.billing_anchor == self.present.trial_end_date
        return end if follows else self.present.billing_anchor
