"""Fifty concurrent actions on one subscription leave one linear history."""

from itertools import pairwise

import pytest

from fluxrate.tests.concurrency import at_once

ACTIONS = ["pause", "resume", "cancel", "pause", "resume"]


@pytest.mark.django_db(transaction=True)
def test_fifty_actions_at_once_leave_a_linear_history(scenario):
    subscription = scenario.subscribe()

    def act(name):
        body = {"cancel_at_period_end": True} if name == "cancel" else {}
        response = scenario.act(subscription, name, **body)
        return response.status_code, response.json()

    results = at_once(act, ACTIONS * 10, threads=8)
    assert {status for status, _ in results} <= {200, 409}
    assert all("available_actions" in body for _, body in results)
    revisions = sorted(body["revision"] for status, body in results if status == 200)
    assert revisions == list(range(2, 2 + len(revisions)))
    events = scenario.events(subscription)
    assert [event["revision"] for event in events] == [1, *revisions]
    for before, after in pairwise(events):
        for name, (old, _) in after["changes"].items():
            assert before["data"][name] == old
