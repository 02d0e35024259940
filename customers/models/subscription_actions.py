"""The actions on a subscription: in which state each is available, and why not.

`ACTIONS` is the only list of the actions. The routes and the documentation of the API,
the actions of the admin and `available_actions` follow from it; a test compares it with
docs/subscriptions.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, TypedDict

from django.db import models

from fluxrate.errors import RuleBroken


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


class SubscriptionState(NamedTuple):
    """Everything that decides which actions are available."""

    status: Status
    cancel_scheduled: bool
    """The subscription is canceled at the end of the period."""
    change_scheduled: bool
    """The plan changes at the end of the period."""


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
PERIOD_STOPPED = Refusal("paused", "While it is paused, its period does not end.")

Outcomes = Mapping[Status, Status | Refusal]
"""The status after an action, or why the action is refused, for each status."""

UNCHANGED: Outcomes = {**{status: status for status in LIVE}, CANCELED: FINAL}


def only_from(status: Status, *, to: Status, otherwise: Refusal) -> Outcomes:
    return {**dict.fromkeys(LIVE, otherwise), status: to, CANCELED: FINAL}


class Condition(NamedTuple):
    """A refusal by a scheduled change, in a status that allows the action."""

    refused_if: Callable[[SubscriptionState], bool]
    refusal: Refusal


UNLESS_CANCELING = Condition(lambda state: state.cancel_scheduled, CANCELING)
IF_CANCELING = Condition(lambda state: not state.cancel_scheduled, NOT_CANCELING)
IF_CHANGING = Condition(lambda state: not state.change_scheduled, NOT_CHANGING)


class Rule(NamedTuple):
    outcomes: Outcomes
    condition: Condition | None = None

    def refusal(self, state: SubscriptionState) -> Refusal | None:
        """Why the state forbids the action; None if it allows it."""
        outcome = self.outcomes[state.status]
        if isinstance(outcome, Refusal):
            return outcome
        if self.condition and self.condition.refused_if(state):
            return self.condition.refusal
        return None


@dataclass(frozen=True, kw_only=True)
class Action:
    """An action and its error `code`, with `more_codes` of its other conflicts.

    `needs` and `takes` are the required and the optional fields of its body, `summary`
    is its title in the OpenAPI document, `past_participle` completes “3 subscriptions
    …”.
    """

    name: str
    code: str
    summary: str
    past_participle: str
    now: Rule
    at_period_end: Rule | None = None
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    more_codes: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        return (self.code, *self.more_codes)

    @property
    def method(self) -> str:
        """Its name in Python."""
        return self.name.replace("-", "_")

    def require(self, state: SubscriptionState, *, at_period_end: bool = False) -> None:
        """Raise ActionNotAllowed if the state forbids the action."""
        rule = self.at_period_end if at_period_end else self.now
        refusal = (rule or self.now).refusal(state)
        if refusal is not None:
            raise ActionNotAllowed(self, state, refusal)

    def times(self, state: SubscriptionState) -> list[str]:
        """When an available action may take effect."""
        if self.at_period_end is None or self.at_period_end.refusal(state):
            return [ActionTiming.NOW.value]
        return ActionTiming.values


ACTIONS = (
    Action(
        name="cancel",
        code="not_cancelable",
        summary="Cancel now, or when the current period ends.",
        past_participle="canceled",
        now=Rule({**dict.fromkeys(LIVE, CANCELED), CANCELED: FINAL}),
        at_period_end=Rule({**UNCHANGED, PAUSED: PERIOD_STOPPED}, UNLESS_CANCELING),
        takes=("cancel_at_period_end", "reason"),
    ),
    Action(
        name="uncancel",
        code="not_uncancelable",
        summary="Withdraw a scheduled cancellation.",
        past_participle="no longer to be canceled",
        now=Rule({**UNCHANGED, PAUSED: NOT_CANCELING}, IF_CANCELING),
    ),
    Action(
        name="pause",
        code="not_pausable",
        summary="Pause a subscription.",
        past_participle="paused",
        now=Rule(
            {
                TRIAL: Refusal(
                    "in_trial", "A trial cannot be paused. Activate it first."
                ),
                ACTIVE: PAUSED,
                PAST_DUE: Refusal("past_due", "It is past due. Mark it paid first."),
                PAUSED: Refusal("paused", "It is paused already."),
                CANCELED: FINAL,
            },
            UNLESS_CANCELING,
        ),
        takes=("resumes_at",),
        more_codes=("resumes_in_the_past",),
    ),
    Action(
        name="resume",
        code="not_resumable",
        summary="Resume a paused subscription.",
        past_participle="resumed",
        now=Rule(only_from(PAUSED, to=ACTIVE, otherwise=NOT_PAUSED)),
    ),
    Action(
        name="mark-past-due",
        code="cannot_be_past_due",
        summary="Record a missing payment.",
        past_participle="marked past due",
        now=Rule(
            {
                TRIAL: Refusal("in_trial", "In trial nothing is owed."),
                ACTIVE: PAST_DUE,
                PAST_DUE: Refusal("past_due", "It is past due already."),
                PAUSED: Refusal("paused", "While it is paused, nothing falls due."),
                CANCELED: FINAL,
            }
        ),
    ),
    Action(
        name="mark-paid",
        code="nothing_to_pay",
        summary="Record that the missing payment has arrived.",
        past_participle="marked paid",
        now=Rule(only_from(PAST_DUE, to=ACTIVE, otherwise=NOT_PAST_DUE)),
    ),
    Action(
        name="activate",
        code="not_activatable",
        summary="End a trial now.",
        past_participle="activated",
        now=Rule(only_from(TRIAL, to=ACTIVE, otherwise=NOT_IN_TRIAL), UNLESS_CANCELING),
    ),
    Action(
        name="extend-trial",
        code="trial_not_extendable",
        summary="Extend a trial.",
        past_participle="extended",
        now=Rule(only_from(TRIAL, to=TRIAL, otherwise=NOT_IN_TRIAL), UNLESS_CANCELING),
        needs=("trial_end_date",),
    ),
    Action(
        name="change-plan",
        code="plan_not_changeable",
        summary="Change the plan now, or when the current period ends.",
        past_participle="moved to the plan",
        now=Rule(UNCHANGED, UNLESS_CANCELING),
        at_period_end=Rule({**UNCHANGED, PAUSED: PERIOD_STOPPED}, UNLESS_CANCELING),
        needs=("plan_id",),
        takes=("at", "billing_interval"),
        more_codes=("plan_unchanged", "plan_inactive"),
    ),
    Action(
        name="remove-scheduled-change",
        code="no_scheduled_change",
        summary="Withdraw a scheduled change of plan.",
        past_participle="to keep the plan",
        now=Rule(UNCHANGED, IF_CHANGING),
    ),
)
BY_NAME = {action.name: action for action in ACTIONS}
ACTION_NAMES = [(name, name) for name in BY_NAME]


class AvailableAction(TypedDict):
    name: str
    needs: list[str]
    takes: list[str]
    when: list[str]


class UnavailableAction(TypedDict):
    name: str
    code: str
    reason: str


# Both results are shared: a caller must not change them in place.
@cache
def available_actions(state: SubscriptionState) -> tuple[AvailableAction, ...]:
    return tuple(
        AvailableAction(
            name=action.name,
            needs=list(action.needs),
            takes=list(action.takes),
            when=action.times(state),
        )
        for action in ACTIONS
        if action.now.refusal(state) is None
    )


@cache
def unavailable_actions(state: SubscriptionState) -> tuple[UnavailableAction, ...]:
    refusals = {action.name: action.now.refusal(state) for action in ACTIONS}
    return tuple(
        UnavailableAction(name=name, code=refusal.code, reason=refusal.reason)
        for name, refusal in refusals.items()
        if refusal is not None
    )


class ActionNotAllowed(RuleBroken):
    """The state forbids the action; the response lists the actions that it allows."""

    def __init__(
        self, action: Action, state: SubscriptionState, refusal: Refusal
    ) -> None:
        super().__init__(
            refusal.reason,
            reason=refusal.code,
            available_actions=available_actions(state),
            unavailable_actions=unavailable_actions(state),
        )
        self.code = action.code
