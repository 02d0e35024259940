"""The actions of a subscription: when each takes effect, and why others may not."""

import pytest
import yaml
from django.conf import settings

from customers.models.subscription_actions import ACTIONS

NOW, NOW_OR_LATER = ["now"], ["now", "period_end"]


def test_available_actions_say_when_they_may_take_effect(scenario):
    actions = scenario.in_state("ACTIVE")["available_actions"]
    assert {action["name"]: action["when"] for action in actions} == {
        "cancel": NOW_OR_LATER,
        "change-plan": NOW_OR_LATER,
        "mark-past-due": NOW,
        "pause": NOW,
    }


def test_unavailable_actions_say_why_by_a_code(scenario):
    actions = scenario.in_state("ACTIVE")["unavailable_actions"]
    assert {action["name"]: action["code"] for action in actions} == {
        "activate": "not_in_trial",
        "extend-trial": "not_in_trial",
        "mark-paid": "not_past_due",
        "remove-scheduled-change": "not_changing",
        "resume": "not_paused",
        "uncancel": "not_canceling",
    }


@pytest.mark.parametrize("of_customer", [False, True])
def test_a_list_has_unavailable_actions_on_request_only(scenario, of_customer):
    one = scenario.in_state("ACTIVE")
    path = f"/api/v1/customers/{one['customer_id']}" if of_customer else "/api/v1"

    def listed(query):
        (row,) = scenario.api.get(f"{path}/subscriptions{query}").json()["data"]
        return row

    for query in ("?include=unavailable_actions", "?fields=unavailable_actions"):
        row = listed(query)
        assert row["unavailable_actions"] == one["unavailable_actions"]
    short = listed("")
    assert one.keys() - short.keys() == {"unavailable_actions"}
    assert short["available_actions"] == one["available_actions"]
    # Sent back whole, the row of a list changes nothing.
    url = f"/api/v1/subscriptions/{one['id']}"
    assert scenario.send("put", url, short) == one


def test_the_document_lists_the_conflicts_of_each_action():
    text = (settings.BASE_DIR / "openapi.yaml").read_text()
    paths = yaml.load(text, yaml.CSafeLoader)["paths"]
    for action in ACTIONS:
        operation = paths[f"/api/v1/subscriptions/{{id}}/{action.name}"]["post"]
        assert operation["x-conflict-codes"] == [*action.codes, "far_behind"]
