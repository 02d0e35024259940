"""What may be done with a subscription in which state, and why not elsewhere.

This table is the rule itself; docs/subscriptions.md shows it, and a test compares them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from django.db import models


class Status(models.TextChoices):
    TRIAL = "TRIAL"
    ACTIVE = "ACTIVE"
    PAST_DUE = "PAST_DUE"
    PAUSED = "PAUSED"
    CANCELED = "CANCELED"


TRIAL, ACTIVE, PAST_DUE, PAUSED, CANCELED = Status
LIVE = (TRIAL, ACTIVE, PAST_DUE, PAUSED)


class ActionTiming(models.TextChoices):
    """When an action takes effect."""

    NOW = "now"
    PERIOD_END = "period_end"


class Facts(NamedTuple):
    """All that decides what may be done with a subscription."""

    status: Status
    canceling: bool
    """A cancellation is scheduled for the end of the period."""
    changing: bool
    """A change of plan is scheduled for the end of the period."""


class Refusal(NamedTuple):
    code: str
    reason: str


FINAL = Refusal("canceled", "A canceled subscription stays canceled; make a new one.")
NOT_CANCELING = Refusal("not_canceling", "No cancellation is scheduled.")
CANCELING = Refusal("canceling", "A cancellation is scheduled. Uncancel it first.")
NOT_PAUSED = Refusal("not_paused", "It is not paused.")
NOT_PAST_DUE = Refusal("not_past_due", "It is not past due.")
NOT_IN_TRIAL = Refusal("not_in_trial", "It is not in trial.")
NOT_CHANGING = Refusal("not_changing", "No change of plan is scheduled.")
STANDS_STILL = Refusal("paused", "While it is paused, its period does not end.")

Cells = dict[Status, Status | Refusal]
Condition = Callable[[Facts], bool]


def everywhere(refusal: Refusal, **but: Status) -> Cells:
    """One refusal in every live state but the named ones."""
    allowed = {Status(name): target for name, target in but.items()}
    return {**dict.fromkeys(LIVE, refusal), **allowed, CANCELED: FINAL}


STAYS: Cells = {**{each: each for each in LIVE}, CANCELED: FINAL}


@dataclass(frozen=True, eq=False)
class Action:
    """`cells` say where an action leads from each state, or why it may not be done;
    `unless` are conditions that forbid it where the state allows it.
    """

    name: str
    cells: Cells
    unless: tuple[tuple[Condition, Refusal], ...] = ()
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    at_period_end: "Action | None" = None

    def refusal(self, facts: Facts) -> Refusal | None:
        """Why this may not be done now; None where it may."""
        cell = self.cells[facts.status]
        if isinstance(cell, Refusal):
            return cell
        return next((why for forbids, why in self.unless if forbids(facts)), None)


ACTIONS = (
    Action(
        "cancel",
        {**dict.fromkeys(LIVE, CANCELED), CANCELED: FINAL},
        takes=("cancel_at_period_end", "reason"),
        at_period_end=Action(
            "cancel",
            {**STAYS, PAUSED: STANDS_STILL},
            unless=((lambda facts: facts.canceling, CANCELING),),
        ),
    ),
    Action(
        "uncancel",
        {**STAYS, PAUSED: NOT_CANCELING},
        unless=((lambda facts: not facts.canceling, NOT_CANCELING),),
    ),
    Action(
        "pause",
        {
            TRIAL: Refusal("in_trial", "A trial cannot be paused. Activate it first."),
            ACTIVE: PAUSED,
            PAST_DUE: Refusal("past_due", "It is past due. Mark it paid first."),
            PAUSED: Refusal("paused", "It is paused already."),
            CANCELED: FINAL,
        },
        unless=((lambda facts: facts.canceling, CANCELING),),
        takes=("resumes_at",),
    ),
    Action("resume", everywhere(NOT_PAUSED, PAUSED=ACTIVE)),
    Action(
        "mark-past-due",
        {
            TRIAL: Refusal("in_trial", "In trial nothing is owed."),
            ACTIVE: PAST_DUE,
            PAST_DUE: Refusal("past_due", "It is past due already."),
            PAUSED: Refusal("paused", "While it is paused, nothing falls due."),
            CANCELED: FINAL,
        },
    ),
    Action("mark-paid", everywhere(NOT_PAST_DUE, PAST_DUE=ACTIVE)),
    Action(
        "activate",
        everywhere(NOT_IN_TRIAL, TRIAL=ACTIVE),
        unless=((lambda facts: facts.canceling, CANCELING),),
    ),
    Action(
        "extend-trial",
        everywhere(NOT_IN_TRIAL, TRIAL=TRIAL),
        unless=((lambda facts: facts.canceling, CANCELING),),
        needs=("trial_end_date",),
    ),
    Action(
        "change-plan",
        STAYS,
        unless=((lambda facts: facts.canceling, CANCELING),),
        needs=("plan_id",),
        takes=("at", "billing_interval"),
        at_period_end=Action(
            "change-plan",
            {**STAYS, PAUSED: STANDS_STILL},
            unless=((lambda facts: facts.canceling, CANCELING),),
        ),
    ),
    Action(
        "remove-scheduled-change",
        STAYS,
        unless=((lambda facts: not facts.changing, NOT_CHANGING),),
    ),
)
BY_NAME = {action.name: action for action in ACTIONS}
ACTION_NAMES = [(name, name) for name in BY_NAME]

Described = tuple[dict[str, Any], ...]


@cache
def described(facts: Facts) -> tuple[Described, Described]:
    """The actions as callers see them: those that may be done, and the others.

    Shared by all that see it, so never to be changed in place.
    """
    available, unavailable = [], []
    for action in ACTIONS:
        refusal = action.refusal(facts)
        if refusal is None:
            available.append(_available(action, facts))
        else:
            unavailable.append({"name": action.name, **refusal._asdict()})
    return tuple(available), tuple(unavailable)


def _available(action: Action, facts: Facts) -> dict[str, Any]:
    later = action.at_period_end
    may_wait = later is not None and later.refusal(facts) is None
    return {
        "name": action.name,
        "needs": list(action.needs),
        "takes": list(action.takes),
        "when": ActionTiming.values if may_wait else [ActionTiming.NOW.value],
    }
