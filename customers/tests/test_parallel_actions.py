"""Fifty callers at once on one subscription: one history, no surprise."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from django.db import connections

from .subscribers import URL, Stage

ACTIONS = ["pause", "resume", "cancel", "pause", "resume"]


def test_fifty_actions_at_once_leave_a_linear_history(transactional_db, acme):
    stage = Stage(acme)
    one = stage.subscribe()

    def act(number):
        name = ACTIONS[number % 5]
        body = {"cancel_at_period_end": True} if name == "cancel" else {}
        try:
            answer = stage.api.post(f"{URL}/{one['id']}/{name}", body)
            return answer.status_code, answer.json()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(act, range(50)))
    assert {status for status, _ in answers} <= {200, 409}
    assert all("available_actions" in body for _, body in answers)
    done = sorted(body["revision"] for status, body in answers if status == 200)
    assert done == list(range(2, 2 + len(done)))
    events = stage.events(one)
    assert [event["revision"] for event in events] == [1, *done]
    for before, after in pairwise(events):
        for name, (old, _) in after["changes"].items():
            assert before["data"][name] == old
