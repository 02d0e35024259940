"""Trials: none, extended, and ended where a cancellation waits."""

import pytest

from .subscribers import START, URL, Stage

LATER = "2026-02-20T00:00:00Z"


@pytest.fixture
def stage(acme):
    return Stage(acme)


def new(stage, **fields):
    body = {"customer_id": stage.customer["id"], "plan_id": stage.plan["id"]}
    return stage.api.post(URL, body | fields)


@pytest.mark.parametrize("start", [START, "2026-01-01T00:00:00Z", LATER])
def test_a_trial_that_ends_at_the_start_is_none(stage, start):
    plan = stage.new_plan("With a trial", trial_days=14)
    one = stage.subscribe(plan_id=plan["id"], start_date=start, trial_end_date=start)
    assert one["status"] == "ACTIVE"
    assert one["current_period_start"] == one["billing_anchor"] == start
    stage.move("2026-04-15T00:00:00Z")
    assert stage.read(one)["status"] == "ACTIVE"


@pytest.mark.parametrize("body", [{}, {"trial_end_date": None}])
def test_without_one_the_plans_days_decide(stage, body):
    plan = stage.new_plan("With a trial", trial_days=14)
    one = stage.subscribe(plan_id=plan["id"], **body)
    assert (one["status"], one["trial_end_date"]) == ("TRIAL", "2026-02-14T00:00:00Z")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (LATER, "2026-02-19T00:00:00Z"),
        (LATER, "2026-01-01T00:00:00Z"),
        (START, "2026-01-30T00:00:00Z"),
    ],
)
def test_a_trial_that_ends_before_the_start_names_its_field(stage, start, end):
    answer = new(stage, start_date=start, trial_end_date=end)
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert (error["field"], error["code"]) == ("trial_end_date", "before_start")
    assert "start_date" in error["message"]


def test_a_trial_is_extended(stage):
    one = stage.in_state("TRIAL")
    after = stage.act(one, "extend-trial", trial_end_date=LATER).json()
    assert after["status"] == "TRIAL"
    for name in ("trial_end_date", "current_period_end", "billing_anchor", "due_at"):
        assert after[name] == LATER
    event = stage.events(one)[-1]
    assert event["type"] == "subscription.trial_extended"
    assert event["changes"]["trial_end_date"] == ["2026-02-10T00:00:00Z", LATER]
    stage.move("2026-02-15T00:00:00Z")
    assert stage.read(one)["status"] == "TRIAL"
    stage.move(LATER)
    begun = stage.read(one)
    assert (begun["status"], begun["current_period_start"]) == ("ACTIVE", LATER)
    assert begun["current_period_end"] == "2026-03-20T00:00:00Z"


def test_an_extended_trial_leaves_a_named_anchor(stage):
    anchor = "2026-01-01T00:00:00Z"
    one = stage.subscribe(trial_end_date="2026-02-10T00:00:00Z", billing_anchor=anchor)
    assert (
        stage.act(one, "extend-trial", trial_end_date=LATER).json()["billing_anchor"]
        == anchor
    )
    stage.move(LATER)
    assert stage.read(one)["current_period_end"] == "2026-03-01T00:00:00Z"


@pytest.mark.parametrize(
    "end", ["2026-02-10T00:00:00Z", START, "2026-01-01T00:00:00Z", None, "x", 7]
)
def test_a_trial_is_not_shortened(stage, end):
    one = stage.in_state("TRIAL")
    answer = stage.act(one, "extend-trial", trial_end_date=end)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "trial_end_date"
    assert stage.read(one) == one


def test_an_extension_needs_its_end(stage):
    one = stage.in_state("TRIAL")
    answer = stage.act(one, "extend-trial")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "required")


def test_a_trial_that_has_ended_is_not_extended(stage):
    """Though `advance` has not run: what was due happens first."""
    one = stage.in_state("TRIAL")
    type(stage.organization).objects.filter(pk=stage.organization.pk).update(
        clock_at="2026-02-11T00:00:00Z"
    )
    answer = stage.act(one, "extend-trial", trial_end_date=LATER)
    assert (answer.status_code, answer.json()["reason"]) == (409, "not_in_trial")


@pytest.mark.parametrize(
    ("status", "name", "more"),
    [
        ("TRIAL", "extend-trial", {"trial_end_date": LATER}),
        ("TRIAL", "change-plan", {}),
        ("ACTIVE", "change-plan", {}),
        ("ACTIVE", "change-plan", {"at": "now"}),
        ("ACTIVE", "change-plan", {"at": "period_end"}),
        ("PAST_DUE", "change-plan", {"at": "now"}),
    ],
)
def test_a_scheduled_cancellation_is_taken_back_first(stage, status, name, more):
    one = stage.in_state(status)
    waiting = stage.act(one, "cancel", cancel_at_period_end=True).json()
    assert name not in {each["name"] for each in waiting["available_actions"]}
    if name == "change-plan":
        more = more | {"plan_id": stage.yearly["id"]}
    answer = stage.act(one, name, **more)
    assert (answer.status_code, answer.json()["reason"]) == (409, "canceling")
    assert answer.json()["available_actions"] == waiting["available_actions"]
    assert stage.read(one) == waiting
    stage.act(one, "uncancel")
    assert stage.act(one, name, **more).status_code == 200
