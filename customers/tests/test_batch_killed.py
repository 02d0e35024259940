"""A process that is killed in the middle of an atomic batch leaves nothing of it."""

import http.client
import threading
import time
from contextlib import suppress

import pytest

from fluxrate.tests.test_web_processes import is_back, kill, workers

SIZE = 500
CREATE = {"op": "create", "data": {"name": "Ada", "email": "ada@example.com"}}


@pytest.fixture
def victim(site):
    """A server that the test may kill."""
    with site.another(WEB_CONCURRENCY="1") as started:
        yield started


def test_a_killed_process_leaves_nothing_of_an_atomic_batch(victim, owner):
    headers = {"X-API-Key": owner.key}
    body = {"operations": [CREATE] * SIZE, "atomic": True}
    done = []

    def send():
        with suppress(OSError, http.client.HTTPException):
            done.append(victim.ask("POST", "/api/v1/customers/batch", body, headers))

    # The writes of a batch come late in it: most kills hit its transaction.
    for delay in (0.05, 0.2, 0.4, 0.8):
        sender = threading.Thread(target=send)
        sender.start()
        time.sleep(delay)
        kill(workers(victim))
        sender.join()
        assert is_back(victim, 30)
    total = owner.ask("GET", "/api/v1/customers").json()["meta"]["total"]
    assert total % SIZE == 0
    assert total >= SIZE * len(done)
    batches = owner.ask("GET", "/api/v1/batches").json()["data"]
    assert [row["counts"] for row in batches] == [{"customer.created": SIZE}] * (
        total // SIZE
    )
