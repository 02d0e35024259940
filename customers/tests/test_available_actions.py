"""The actions of a subscription: when each takes effect, and why others may not."""

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
