"""Every cell of the table states x actions, over HTTP."""

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
from customers.serializers import ACTION_BODIES, EmptySerializer

from .subscribers import START, Stage

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
NAMES = [action.name for action in ACTIONS]


@pytest.fixture
def stage(acme):
    return Stage(acme)


def names(actions):
    return {action["name"] for action in actions}


def body_of(stage, name):
    needed = {
        "change-plan": {"plan_id": stage.yearly["id"]},
        "extend-trial": {"trial_end_date": "2026-02-20T00:00:00Z"},
    }
    return needed.get(name, {})


@pytest.mark.parametrize(
    ("status", "name"), list(itertools.product(Status.values, NAMES))
)
def test_each_action_in_each_state(stage, status, name):
    one = stage.in_state(status)
    assert names(one["available_actions"]) == ALLOWED[status]
    assert names(one["unavailable_actions"]) == set(NAMES) - ALLOWED[status]
    answer = stage.act(one, name, **body_of(stage, name))
    after = stage.read(one)
    if name in ALLOWED[status]:
        assert answer.json() == after
        assert after["status"] == LEADS_TO.get(name, status)
        assert after["revision"] == one["revision"] + 1
        assert stage.events(one)[-1]["revision"] == after["revision"]
        assert names(after["available_actions"]) == ALLOWED[after["status"]]
    else:
        assert answer.status_code == 409
        assert names(answer.json()["available_actions"]) == ALLOWED[status]
        assert answer.json()["detail"] in [
            each["reason"] for each in one["unavailable_actions"]
        ]
        assert after == one


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
def test_an_action_sets_its_dates(stage, status, name):
    after = stage.act(stage.in_state(status), name).json()
    assert after | DATES[status, name] == after


@pytest.mark.parametrize("status", ["TRIAL", "ACTIVE", "PAST_DUE"])
def test_a_cancellation_at_the_periods_end_is_scheduled_and_taken_back(stage, status):
    one = stage.in_state(status)
    body = {"cancel_at_period_end": True, "reason": "Too dear"}
    asked = stage.act(one, "cancel", **body).json()
    assert (asked["status"], asked["canceled_at"]) == (status, START)
    assert (asked["ended_at"], asked["cancel_reason"]) == (None, "Too dear")
    assert names(asked["available_actions"]) >= {"uncancel", "cancel"}
    again = stage.act(one, "cancel", **body)
    assert (again.status_code, again.json()["reason"]) == (409, "canceling")
    for name in ("pause", "activate"):
        assert name not in names(asked["available_actions"])
        assert stage.act(one, name).status_code == 409
    back = stage.act(one, "uncancel").json()
    assert (back["canceled_at"], back["cancel_reason"]) == (None, None)
    assert back["available_actions"] == one["available_actions"]


def test_a_paused_period_does_not_end_so_nothing_waits_for_its_end(stage):
    one = stage.in_state("PAUSED")
    for name, body in (
        ("cancel", {"cancel_at_period_end": True}),
        ("change-plan", {"plan_id": stage.yearly["id"], "at": "period_end"}),
    ):
        answer = stage.act(one, name, **body)
        assert (answer.status_code, answer.json()["reason"]) == (409, "paused")
    when = {each["name"]: each["when"] for each in one["available_actions"]}
    assert when["cancel"] == when["change-plan"] == ["now"]


def test_a_change_at_the_periods_end_is_seen_and_removed(stage):
    one = stage.in_state("ACTIVE")
    body = {"plan_id": stage.yearly["id"], "at": "period_end"}
    asked = stage.act(one, "change-plan", **body).json()
    assert asked["plan_id"] == stage.plan["id"]
    assert asked["scheduled_change"] == {
        "plan_id": stage.yearly["id"],
        "plan_name": "Pro yearly",
        "billing_interval": "year",
        "at": "2026-02-28T00:00:00Z",
    }
    gone = stage.api.delete(f"/api/v1/plans/{stage.yearly['id']}")
    assert (gone.status_code, gone.json()["code"]) == (409, "plan_in_use")
    assert "remove-scheduled-change" in names(asked["available_actions"])
    kept = stage.act(one, "remove-scheduled-change").json()
    assert kept["scheduled_change"] is None
    stage.move("2026-03-01T00:00:00Z")
    assert stage.read(one)["plan_id"] == stage.plan["id"]


def test_a_change_now_begins_a_period_only_where_the_interval_changes(stage):
    one = stage.in_state("ACTIVE")
    stage.move("2026-02-10T00:00:00Z")
    team = stage.new_plan("Team")
    same = stage.act(one, "change-plan", plan_id=team["id"]).json()
    assert (same["plan_name"], same["current_period_start"]) == ("Team", START)
    other = stage.act(one, "change-plan", plan_id=stage.yearly["id"]).json()
    assert other["current_period_start"] == "2026-02-10T00:00:00Z"
    assert other["current_period_end"] == "2027-02-10T00:00:00Z"
    again = stage.act(one, "change-plan", plan_id=stage.yearly["id"])
    assert (again.status_code, again.json()["code"]) == (409, "plan_unchanged")


def test_nobody_moves_to_an_inactive_plan_or_resumes_in_the_past(stage):
    one = stage.in_state("ACTIVE")
    stage.done("patch", f"/api/v1/plans/{stage.yearly['id']}", {"is_active": False})
    answer = stage.act(one, "change-plan", plan_id=stage.yearly["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_inactive")
    answer = stage.act(one, "pause", resumes_at=START)
    assert (answer.status_code, answer.json()["code"]) == (409, "resumes_in_the_past")


@pytest.mark.parametrize("name", NAMES)
def test_an_action_takes_only_what_it_knows(stage, name):
    one = stage.in_state("ACTIVE")
    answer = stage.act(one, name, **body_of(stage, name), colour="red")
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert stage.read(one) == one


def test_a_reason_has_500_characters_at_most(stage):
    one = stage.in_state("ACTIVE")
    assert stage.act(one, "cancel", reason="x" * 501).status_code == 422
    assert stage.act(one, "cancel", reason="x" * 500).status_code == 200


def test_the_guide_shows_the_table_as_it_is():
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


def test_what_is_offered_follows_from_the_table_alone():
    for values in itertools.product(Status, [True, False], [True, False]):
        state = SubscriptionState(*values)
        actions = (*available_actions(state), *unavailable_actions(state))
        assert sorted(action["name"] for action in actions) == sorted(NAMES)


@pytest.mark.parametrize("action", ACTIONS, ids=NAMES)
def test_the_table_names_the_fields_of_each_body(action):
    fields = ACTION_BODIES.get(action.name, EmptySerializer)().fields
    assert action.needs == tuple(name for name in fields if fields[name].required)
    assert action.takes == tuple(name for name in fields if not fields[name].required)


@pytest.mark.parametrize("cancel_at_period_end", [True, False])
def test_a_cancellation_drops_the_scheduled_change(stage, cancel_at_period_end):
    subscription = stage.in_state("ACTIVE")
    body = {"plan_id": stage.yearly["id"], "at": "period_end"}
    assert stage.act(subscription, "change-plan", **body).status_code == 200
    response = stage.act(
        subscription, "cancel", cancel_at_period_end=cancel_at_period_end
    )
    assert response.status_code == 200, response.content
    assert response.json()["scheduled_change"] is None
    row = Subscription.objects.get(pk=subscription["id"])
    assert (row.scheduled_plan, row.scheduled_billing_interval) == (None, None)


def test_a_cancellation_drops_the_scheduled_resumption(stage):
    subscription = stage.in_state("ACTIVE")
    stage.act(subscription, "pause", resumes_at="2026-02-10T00:00:00Z")
    canceled = stage.act(subscription, "cancel").json()
    assert (canceled["paused_at"], canceled["resumes_at"]) == (None, None)
    stage.move("2026-03-01T00:00:00Z")
    assert stage.read(subscription) == canceled


@pytest.mark.parametrize(
    ("resumes_at", "code"),
    [
        ("2026-01-30T23:59:59.999999Z", "resumes_in_the_past"),
        (START, "resumes_in_the_past"),
        ("2026-01-31T00:00:00.000001Z", None),
    ],
)
def test_a_pause_ends_after_it_begins(stage, resumes_at, code):
    subscription = stage.in_state("ACTIVE")
    response = stage.act(subscription, "pause", resumes_at=resumes_at)
    assert response.json().get("code") == code


def test_a_pause_before_the_start_takes_nothing_of_the_period(stage):
    subscription = stage.subscribe(start_date="2026-02-10T00:00:00Z")
    stage.act(subscription, "pause")
    stage.move("2026-02-05T00:00:00Z")
    resumed = stage.act(subscription, "resume").json()
    dates = ("billing_anchor", "current_period_start", "current_period_end")
    assert [resumed[name] for name in dates] == [subscription[name] for name in dates]
