"""Trials: their end on creation, extensions, and scheduled cancellations."""

import pytest

from .subscription_scenario import START

LATER = "2026-02-20T00:00:00Z"


@pytest.mark.parametrize("start", [START, "2026-01-01T00:00:00Z", LATER])
def test_a_trial_that_ends_at_the_start_is_no_trial(scenario, start):
    plan = scenario.new_plan("With a trial", trial_days=14)
    subscription = scenario.subscribe(
        plan_id=plan["id"], start_date=start, trial_end_date=start
    )
    assert subscription["status"] == "ACTIVE"
    assert (
        subscription["current_period_start"] == subscription["billing_anchor"] == start
    )
    scenario.move_clock("2026-04-15T00:00:00Z")
    assert scenario.read(subscription)["status"] == "ACTIVE"


@pytest.mark.parametrize("body", [{}, {"trial_end_date": None}])
def test_without_an_end_the_plans_trial_days_decide(scenario, body):
    plan = scenario.new_plan("With a trial", trial_days=14)
    subscription = scenario.subscribe(plan_id=plan["id"], **body)
    assert (subscription["status"], subscription["trial_end_date"]) == (
        "TRIAL",
        "2026-02-14T00:00:00Z",
    )


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (LATER, "2026-02-19T00:00:00Z"),
        (LATER, "2026-01-01T00:00:00Z"),
        (START, "2026-01-30T00:00:00Z"),
    ],
)
def test_a_trial_that_ends_before_the_start_names_its_field(scenario, start, end):
    response = scenario.post(start_date=start, trial_end_date=end)
    assert response.status_code == 422
    error = response.json()["errors"][0]
    assert (error["field"], error["code"]) == ("trial_end_date", "before_start")
    assert "start_date" in error["message"]


def test_a_trial_is_extended(scenario):
    subscription = scenario.in_state("TRIAL")
    after = scenario.act(subscription, "extend-trial", trial_end_date=LATER).json()
    assert after["status"] == "TRIAL"
    for name in ("trial_end_date", "current_period_end", "billing_anchor", "due_at"):
        assert after[name] == LATER
    event = scenario.events(subscription)[-1]
    assert event["type"] == "subscription.trial_extended"
    assert event["changes"]["trial_end_date"] == ["2026-02-10T00:00:00Z", LATER]
    scenario.move_clock("2026-02-15T00:00:00Z")
    assert scenario.read(subscription)["status"] == "TRIAL"
    scenario.move_clock(LATER)
    begun = scenario.read(subscription)
    assert (begun["status"], begun["current_period_start"]) == ("ACTIVE", LATER)
    assert begun["current_period_end"] == "2026-03-20T00:00:00Z"


def test_an_extended_trial_leaves_an_explicit_anchor(scenario):
    anchor = "2026-01-01T00:00:00Z"
    subscription = scenario.subscribe(
        trial_end_date="2026-02-10T00:00:00Z", billing_anchor=anchor
    )
    assert (
        scenario.act(subscription, "extend-trial", trial_end_date=LATER).json()[
            "billing_anchor"
        ]
        == anchor
    )
    scenario.move_clock(LATER)
    assert scenario.read(subscription)["current_period_end"] == "2026-03-01T00:00:00Z"


@pytest.mark.parametrize(
    "end", ["2026-02-10T00:00:00Z", START, "2026-01-01T00:00:00Z", None, "x", 7]
)
def test_a_trial_is_not_shortened(scenario, end):
    subscription = scenario.in_state("TRIAL")
    response = scenario.act(subscription, "extend-trial", trial_end_date=end)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "trial_end_date"
    assert scenario.read(subscription) == subscription


def test_an_extension_needs_its_end(scenario):
    subscription = scenario.in_state("TRIAL")
    response = scenario.act(subscription, "extend-trial")
    assert (response.status_code, response.json()["errors"][0]["code"]) == (
        422,
        "required",
    )


def test_a_trial_that_has_ended_is_not_extended(scenario):
    """Although `advance` has not run: the action takes due steps first."""
    subscription = scenario.in_state("TRIAL")
    scenario.set_clock("2026-02-11T00:00:00Z")
    response = scenario.act(subscription, "extend-trial", trial_end_date=LATER)
    assert (response.status_code, response.json()["reason"]) == (409, "not_in_trial")


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
def test_a_scheduled_cancellation_is_taken_back_first(scenario, status, name, more):
    subscription = scenario.in_state(status)
    waiting = scenario.act(subscription, "cancel", cancel_at_period_end=True).json()
    assert name not in {action["name"] for action in waiting["available_actions"]}
    if name == "change-plan":
        more = more | {"plan_id": scenario.yearly["id"]}
    response = scenario.act(subscription, name, **more)
    assert (response.status_code, response.json()["reason"]) == (409, "canceling")
    assert response.json()["available_actions"] == waiting["available_actions"]
    assert scenario.read(subscription) == waiting
    scenario.act(subscription, "uncancel")
    assert scenario.act(subscription, name, **more).status_code == 200


def test_an_explicit_end_counts_more_than_the_plans_trial_days(scenario):
    plan = scenario.new_plan("With a trial", trial_days=14)
    subscription = scenario.subscribe(plan_id=plan["id"], trial_end_date=LATER)
    assert (subscription["status"], subscription["trial_end_date"]) == ("TRIAL", LATER)
    assert subscription["current_period_start"] == START
    assert subscription["current_period_end"] == LATER


@pytest.mark.parametrize(
    ("end", "status"),
    [(START, "ACTIVE"), ("2026-01-31T00:00:00.000001Z", "TRIAL")],
)
def test_a_trial_that_ends_now_has_ended(scenario, end, status):
    subscription = scenario.subscribe(
        start_date="2026-01-01T00:00:00Z", trial_end_date=end
    )
    assert subscription["status"] == status


def test_the_error_of_an_extension_names_the_present_end(scenario):
    subscription = scenario.in_state("TRIAL")
    response = scenario.act(
        subscription, "extend-trial", trial_end_date="2026-02-10T00:00:00Z"
    )
    error = response.json()["errors"][0]
    assert (error["code"], error["field"]) == ("not_later", "trial_end_date")
    assert error["message"].endswith("2026-02-10T00:00:00Z.")


def test_a_trial_that_has_not_begun_is_activated_at_its_start(scenario):
    subscription = scenario.subscribe(
        start_date=LATER, trial_end_date="2026-03-10T00:00:00Z"
    )
    assert subscription["status"] == "TRIAL"
    after = scenario.act(subscription, "activate").json()
    assert (after["status"], after["trial_end_date"]) == ("ACTIVE", LATER)
    assert after["current_period_start"] == after["billing_anchor"] == LATER
    assert after["current_period_end"] == "2026-03-20T00:00:00Z"


def test_an_activation_leaves_an_explicit_anchor(scenario):
    anchor = "2026-01-15T00:00:00Z"
    subscription = scenario.subscribe(
        trial_end_date="2026-02-10T00:00:00Z", billing_anchor=anchor
    )
    after = scenario.act(subscription, "activate").json()
    assert after["billing_anchor"] == anchor
    assert after["current_period_end"] == "2026-02-15T00:00:00Z"
