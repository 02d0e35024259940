"""Every action in every state, over HTTP."""

import itertools
from pathlib import Path

import pytest

from customers.models import Subscription
from customers.models.subscription_actions import (
    ACTIONS,
    Status,
    SubscriptionState,
    available_actions,
    unavailable_actions,
)
from customers.serializers.actions import ACTION_BODIES, EmptySerializer

from .subscription_scenario import START

ALLOWED = {
    "TRIAL": {"cancel", "activate", "extend-trial", "change-plan"},
    "ACTIVE": {"cancel", "pause", "mark-past-due", "change-plan"},
    "PAST_DUE": {"cancel", "mark-paid", "change-plan"},
    "PAUSED": {"cancel", "resume", "change-plan"},
    "CANCELED": set(),
}
LEADS_TO = {
    "cancel": "CANCELED",
    "pause": "PAUSED",
    "resume": "ACTIVE",
    "mark-past-due": "PAST_DUE",
    "mark-paid": "ACTIVE",
    "activate": "ACTIVE",
}
CODES = {
    "cancel": "not_cancelable",
    "uncancel": "not_uncancelable",
    "pause": "not_pausable",
    "resume": "not_resumable",
    "mark-past-due": "cannot_be_past_due",
    "mark-paid": "nothing_to_pay",
    "activate": "not_activatable",
    "extend-trial": "trial_not_extendable",
    "change-plan": "plan_not_changeable",
    "remove-scheduled-change": "no_scheduled_change",
}
PARTICIPLES = (
    "canceled/no longer to be canceled/paused/resumed/marked past due/marked paid/"
    "activated/extended/moved to the plan/to keep the plan"
)
NAMES = [action.name for action in ACTIONS]


def names(actions):
    return {action["name"] for action in actions}


def body_of(scenario, name):
    needed = {
        "change-plan": {"plan_id": scenario.yearly["id"]},
        "extend-trial": {"trial_end_date": "2026-02-20T00:00:00Z"},
    }
    return needed.get(name, {})


@pytest.mark.parametrize(
    ("status", "name"), list(itertools.product(Status.values, NAMES))
)
def test_each_action_in_each_state(scenario, status, name):
    subscription = scenario.in_state(status)
    assert names(subscription["available_actions"]) == ALLOWED[status]
    assert names(subscription["unavailable_actions"]) == set(NAMES) - ALLOWED[status]
    response = scenario.act(subscription, name, **body_of(scenario, name))
    after = scenario.read(subscription)
    if name in ALLOWED[status]:
        assert response.json() == after
        assert after["status"] == LEADS_TO.get(name, status)
        assert after["revision"] == subscription["revision"] + 1
        assert scenario.events(subscription)[-1]["revision"] == after["revision"]
        assert names(after["available_actions"]) == ALLOWED[after["status"]]
    else:
        assert response.status_code == 409
        problem = response.json()
        assert problem["code"] == CODES[name]
        assert problem["available_actions"] == subscription["available_actions"]
        assert problem["unavailable_actions"] == subscription["unavailable_actions"]
        refusal = {"code": problem["reason"], "reason": problem["detail"]}
        assert {"name": name, **refusal} in subscription["unavailable_actions"]
        assert after == subscription


DATES = {
    ("TRIAL", "activate"): {
        "current_period_start": START,
        "current_period_end": "2026-02-28T00:00:00Z",
        "trial_end_date": START,
        "billing_anchor": START,
    },
    ("ACTIVE", "pause"): {"paused_at": START, "due_at": None},
    ("PAUSED", "resume"): {"paused_at": None, "due_at": "2026-02-28T00:00:00Z"},
    ("PAUSED", "cancel"): {"paused_at": None, "canceled_at": START, "ended_at": START},
    ("ACTIVE", "cancel"): {"canceled_at": START, "ended_at": START, "due_at": None},
}


@pytest.mark.parametrize(("status", "name"), DATES)
def test_an_action_sets_its_dates(scenario, status, name):
    after = scenario.act(scenario.in_state(status), name).json()
    assert after | DATES[status, name] == after


@pytest.mark.parametrize("status", ["TRIAL", "ACTIVE", "PAST_DUE"])
def test_a_cancellation_at_the_periods_end_is_scheduled_and_taken_back(
    scenario, status
):
    subscription = scenario.in_state(status)
    body = {"cancel_at_period_end": True, "reason": "Too dear"}
    asked = scenario.act(subscription, "cancel", **body).json()
    assert (asked["status"], asked["canceled_at"]) == (status, START)
    assert (asked["ended_at"], asked["cancel_reason"]) == (None, "Too dear")
    assert names(asked["available_actions"]) >= {"uncancel", "cancel"}
    again = scenario.act(subscription, "cancel", **body)
    assert (again.status_code, again.json()["reason"]) == (409, "canceling")
    for name in ("pause", "activate"):
        assert name not in names(asked["available_actions"])
        assert scenario.act(subscription, name).status_code == 409
    back = scenario.act(subscription, "uncancel").json()
    assert (back["canceled_at"], back["cancel_reason"]) == (None, None)
    assert back["available_actions"] == subscription["available_actions"]


def test_nothing_is_scheduled_for_the_end_of_a_paused_period(scenario):
    subscription = scenario.in_state("PAUSED")
    for name, body in (
        ("cancel", {"cancel_at_period_end": True}),
        ("change-plan", {"plan_id": scenario.yearly["id"], "at": "period_end"}),
    ):
        response = scenario.act(subscription, name, **body)
        assert (response.status_code, response.json()["reason"]) == (409, "paused")
    when = {
        action["name"]: action["when"] for action in subscription["available_actions"]
    }
    assert when["cancel"] == when["change-plan"] == ["now"]


def test_a_scheduled_change_is_shown_and_removed(scenario):
    subscription = scenario.in_state("ACTIVE")
    body = {"plan_id": scenario.yearly["id"], "at": "period_end"}
    asked = scenario.act(subscription, "change-plan", **body).json()
    assert asked["plan_id"] == scenario.plan["id"]
    assert asked["scheduled_change"] == {
        "plan_id": scenario.yearly["id"],
        "plan_name": "Pro yearly",
        "billing_interval": "year",
        "at": "2026-02-28T00:00:00Z",
    }
    gone = scenario.api.delete(f"/api/v1/plans/{scenario.yearly['id']}")
    assert (gone.status_code, gone.json()["code"]) == (409, "plan_in_use")
    assert "remove-scheduled-change" in names(asked["available_actions"])
    after = scenario.act(subscription, "remove-scheduled-change").json()
    assert after["scheduled_change"] is None
    scenario.move_clock("2026-03-01T00:00:00Z")
    assert scenario.read(subscription)["plan_id"] == scenario.plan["id"]


def test_a_change_now_begins_a_period_only_if_the_interval_changes(scenario):
    subscription = scenario.in_state("ACTIVE")
    scenario.move_clock("2026-02-10T00:00:00Z")
    team = scenario.new_plan("Team")
    same = scenario.act(subscription, "change-plan", plan_id=team["id"]).json()
    assert (same["plan_name"], same["current_period_start"]) == ("Team", START)
    other = scenario.act(
        subscription, "change-plan", plan_id=scenario.yearly["id"]
    ).json()
    assert other["current_period_start"] == "2026-02-10T00:00:00Z"
    assert other["current_period_end"] == "2027-02-10T00:00:00Z"
    again = scenario.act(subscription, "change-plan", plan_id=scenario.yearly["id"])
    assert (again.status_code, again.json()["code"]) == (409, "plan_unchanged")


def test_nobody_moves_to_an_inactive_plan_or_resumes_in_the_past(scenario):
    subscription = scenario.in_state("ACTIVE")
    scenario.send(
        "patch", f"/api/v1/plans/{scenario.yearly['id']}", {"is_active": False}
    )
    response = scenario.act(subscription, "change-plan", plan_id=scenario.yearly["id"])
    assert (response.status_code, response.json()["code"]) == (409, "plan_inactive")
    response = scenario.act(subscription, "pause", resumes_at=START)
    assert (response.status_code, response.json()["code"]) == (
        409,
        "resumes_in_the_past",
    )


@pytest.mark.parametrize("name", NAMES)
def test_an_action_refuses_unknown_fields(scenario, name):
    subscription = scenario.in_state("ACTIVE")
    response = scenario.act(subscription, name, **body_of(scenario, name), colour="red")
    assert (response.status_code, response.json()["code"]) == (422, "validation_error")
    assert scenario.read(subscription) == subscription


def test_a_reason_has_500_characters_at_most(scenario):
    subscription = scenario.in_state("ACTIVE")
    assert scenario.act(subscription, "cancel", reason="x" * 501).status_code == 422
    assert scenario.act(subscription, "cancel", reason="x" * 500).status_code == 200


def test_the_guide_shows_the_table():
    guide = Path(__file__).parents[2] / "docs" / "subscriptions.md"
    assert "\n".join(table()) in guide.read_text()


def table():
    """The table in Markdown: where an action leads, or the code of its refusal."""
    yield "| action | " + " | ".join(Status.values) + " |"
    yield "|---|" + "---|" * len(Status)
    for action in ACTIONS:
        for rule, title in (
            (action.now, ""),
            (action.at_period_end, " at period end"),
        ):
            if rule is None:
                continue
            cells = (
                f"→ {outcome}" if isinstance(outcome, Status) else f"`{outcome.code}`"
                for outcome in (rule.outcomes[status] for status in Status)
            )
            yield f"| `{action.name}`{title} | " + " | ".join(cells) + " |"


def test_every_action_is_available_or_not_in_every_state():
    for values in itertools.product(Status, [True, False], [True, False]):
        state = SubscriptionState(*values)
        actions = (*available_actions(state), *unavailable_actions(state))
        assert sorted(action["name"] for action in actions) == sorted(NAMES)


def test_the_codes_of_refusals_and_the_participles_are_stable():
    assert {action.name: action.code for action in ACTIONS} == CODES
    assert "/".join(action.past_participle for action in ACTIONS) == PARTICIPLES


def test_the_table_names_the_fields_of_each_body():
    for action in ACTIONS:
        fields = ACTION_BODIES.get(action.name, EmptySerializer)().fields
        required = {name: fields[name].required for name in fields}
        assert action.needs == tuple(name for name in fields if required[name])
        assert action.takes == tuple(name for name in fields if not required[name])


@pytest.mark.parametrize("cancel_at_period_end", [True, False])
def test_a_cancellation_drops_the_scheduled_change(scenario, cancel_at_period_end):
    subscription = scenario.in_state("ACTIVE")
    body = {"plan_id": scenario.yearly["id"], "at": "period_end"}
    assert scenario.act(subscription, "change-plan", **body).status_code == 200
    response = scenario.act(
        subscription, "cancel", cancel_at_period_end=cancel_at_period_end
    )
    assert response.status_code == 200, response.content
    assert response.json()["scheduled_change"] is None
    row = Subscription.objects.get(pk=subscription["id"])
    assert (row.scheduled_plan, row.scheduled_billing_interval) == (None, None)


def test_a_cancellation_drops_the_scheduled_resumption(scenario):
    subscription = scenario.in_state("ACTIVE")
    scenario.act(subscription, "pause", resumes_at="2026-02-10T00:00:00Z")
    canceled = scenario.act(subscription, "cancel").json()
    assert (canceled["paused_at"], canceled["resumes_at"]) == (None, None)
    scenario.move_clock("2026-03-01T00:00:00Z")
    assert scenario.read(subscription) == canceled


@pytest.mark.parametrize(
    ("resumes_at", "code"),
    [
        ("2026-01-30T23:59:59.999999Z", "resumes_in_the_past"),
        (START, "resumes_in_the_past"),
        ("2026-01-31T00:00:00.000001Z", None),
    ],
)
def test_a_pause_ends_after_it_begins(scenario, resumes_at, code):
    subscription = scenario.in_state("ACTIVE")
    response = scenario.act(subscription, "pause", resumes_at=resumes_at)
    assert response.json().get("code") == code


def test_a_pause_before_the_start_takes_nothing_of_the_period(scenario):
    subscription = scenario.subscribe(start_date="2026-02-10T00:00:00Z")
    scenario.act(subscription, "pause")
    scenario.move_clock("2026-02-05T00:00:00Z")
    resumed = scenario.act(subscription, "resume").json()
    dates = ("billing_anchor", "current_period_start", "current_period_end")
    assert [resumed[name] for name in dates] == [subscription[name] for name in dates]


def test_a_reason_stays_when_a_later_cancellation_has_none(scenario):
    subscription = scenario.in_state("ACTIVE")
    body = {"cancel_at_period_end": True, "reason": "Too expensive"}
    scenario.act(subscription, "cancel", **body)
    canceled = scenario.act(subscription, "cancel").json()
    assert (canceled["status"], canceled["cancel_reason"]) == (
        "CANCELED",
        "Too expensive",
    )
    assert canceled["cancel_at_period_end"] is False


def test_a_pause_before_the_period_counts_from_its_start(scenario):
    """Paused on 31 January, resumed on 12 February: two days of the period from 10."""
    subscription = scenario.subscribe(start_date="2026-02-10T00:00:00Z")
    scenario.act(subscription, "pause")
    scenario.move_clock("2026-02-12T00:00:00Z")
    resumed = scenario.act(subscription, "resume").json()
    assert resumed["billing_anchor"] == "2026-02-12T00:00:00Z"
    assert resumed["current_period_end"] == "2026-03-12T00:00:00Z"


def test_in_a_trial_a_new_interval_counts_from_its_end(scenario):
    subscription = scenario.in_state("TRIAL")
    after = scenario.act(
        subscription, "change-plan", plan_id=scenario.yearly["id"]
    ).json()
    assert (after["status"], after["billing_interval"]) == ("TRIAL", "year")
    dates = ("billing_anchor", "current_period_start", "current_period_end")
    assert [after[name] for name in dates] == [subscription[name] for name in dates]
    scenario.move_clock("2026-02-10T00:00:00Z")
    begun = scenario.read(subscription)
    assert begun["current_period_end"] == "2027-02-10T00:00:00Z"


def test_in_a_pause_a_new_interval_counts_from_the_periods_end(scenario):
    subscription = scenario.in_state("PAUSED")
    after = scenario.act(
        subscription, "change-plan", plan_id=scenario.yearly["id"]
    ).json()
    assert after["billing_anchor"] == after["current_period_end"]
    assert after["current_period_end"] == "2026-02-28T00:00:00Z"


def test_a_new_interval_before_the_start_counts_from_the_start(scenario):
    start = "2026-02-10T00:00:00Z"
    subscription = scenario.subscribe(start_date=start)
    after = scenario.act(
        subscription, "change-plan", plan_id=scenario.yearly["id"]
    ).json()
    assert (after["current_period_start"], after["billing_anchor"]) == (start, start)
    assert after["current_period_end"] == "2027-02-10T00:00:00Z"


def test_a_change_keeps_the_same_plan_with_another_interval_apart(scenario):
    subscription = scenario.in_state("ACTIVE")
    body = {"plan_id": scenario.plan["id"]}
    response = scenario.act(subscription, "change-plan", **body)
    assert response.json()["code"] == "plan_unchanged"
    response = scenario.act(
        subscription, "change-plan", **body, billing_interval="year"
    )
    assert response.json()["billing_interval"] == "year"


def test_a_change_now_drops_the_scheduled_one(scenario):
    subscription = scenario.in_state("ACTIVE")
    body = {"plan_id": scenario.yearly["id"], "at": "period_end"}
    scenario.act(subscription, "change-plan", **body)
    team = scenario.new_plan("Team")
    after = scenario.act(subscription, "change-plan", plan_id=team["id"]).json()
    assert (after["plan_name"], after["scheduled_change"]) == ("Team", None)
    scenario.move_clock("2026-03-01T00:00:00Z")
    assert scenario.read(subscription)["plan_name"] == "Team"


def test_a_change_scheduled_before_a_pause_has_no_time_while_it_is_paused(scenario):
    subscription = scenario.in_state("ACTIVE")
    body = {"plan_id": scenario.yearly["id"], "at": "period_end"}
    scenario.act(subscription, "change-plan", **body)
    paused = scenario.act(subscription, "pause", resumes_at="2026-02-10T00:00:00Z")
    assert paused.json()["scheduled_change"]["at"] is None


def test_a_resumption_drops_the_scheduled_one(scenario):
    subscription = scenario.in_state("ACTIVE")
    scenario.act(subscription, "pause", resumes_at="2026-02-20T00:00:00Z")
    scenario.move_clock("2026-02-10T00:00:00Z")
    resumed = scenario.act(subscription, "resume").json()
    assert (resumed["paused_at"], resumed["resumes_at"]) == (None, None)
    assert resumed["current_period_end"] == "2026-03-10T00:00:00Z"


def test_the_name_of_the_present_plan_outlives_the_plan(scenario):
    subscription = scenario.in_state("ACTIVE")
    team = scenario.new_plan("Team")
    scenario.act(subscription, "change-plan", plan_id=team["id"])
    scenario.act(subscription, "cancel")
    gone = scenario.api.delete(f"/api/v1/plans/{team['id']}")
    assert gone.status_code == 204
    after = scenario.read(subscription)
    assert (after["plan_id"], after["plan_name"]) == (None, "Team")
