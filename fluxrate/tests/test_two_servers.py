"""Two servers with the same keys on one database are one product to callers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle, islice
from uuid import uuid4

import pytest

from fluxrate.tests.live_site import Site

KEYS = {"SECRET_KEY": "first" * 13, "JWT_SIGNING_KEY": "other" * 13}
LIMIT = 100
CUSTOMERS = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}


@pytest.fixture(scope="module")
def servers(site) -> Iterator[list[Site]]:
    settings = KEYS | {"RATE_LIMIT": str(LIMIT), "RATE_LIMIT_SECONDS": "600"}
    with ExitStack() as stack:
        yield [stack.enter_context(site.another(**settings)) for _ in range(2)]


def test_a_login_of_one_is_used_and_ended_on_the_other(servers):
    first, second = servers
    cookie = {"Cookie": first.owner().cookie}
    assert second.ask("GET", "/api/v1/auth/me", headers=cookie).status == 200
    assert first.ask("POST", "/api/v1/auth/logout", headers=cookie).status == 204
    assert second.ask("GET", "/api/v1/auth/me", headers=cookie).status == 401


def test_the_rate_limit_is_shared(servers):
    key = {"X-API-Key": servers[0].owner().key}
    statuses = [
        server.ask("GET", CUSTOMERS, headers=key).status
        for server in islice(cycle(servers), 3 * LIMIT)
    ]
    assert set(statuses) == {200, 429}
    assert LIMIT * 0.9 <= statuses.count(200) <= LIMIT * 1.1


def test_attempts_to_guess_a_password_are_counted_together(servers):
    email = servers[0].owner().email
    body = {"email": email, "password": "wrong-horse-battery"}
    statuses = [
        server.ask("POST", "/api/v1/auth/login", body).status
        for server in islice(cycle(servers), 14)
    ]
    assert statuses == [401] * 10 + [429] * 4


def test_an_operation_that_is_sent_to_both_at_once_has_one_effect(servers):
    owner = servers[0].owner()
    key = owner.key
    for _ in range(10):
        headers = {"X-API-Key": key, "Idempotency-Key": str(uuid4())}
        with ThreadPoolExecutor(4) as pool:
            answers = pool.map(
                lambda server, sent=headers: server.ask("POST", CUSTOMERS, ADA, sent),
                [*servers, *servers],
            )
            ids = {each.json()["id"] for each in answers if each.status == 201}
        assert len(ids) == 1
    listed = servers[1].ask("GET", CUSTOMERS, headers={"X-API-Key": key}).json()
    assert listed["meta"]["total"] == 10


def test_a_start_with_other_keys_is_a_warning(site, servers):
    with site.another(**KEYS) as same:
        assert "signed on this database before" not in same.log.read_text()
    keys = {"SECRET_KEY": "third" * 13, "JWT_SIGNING_KEY": "fourth" * 13}
    rotated = {"JWT_SIGNING_KEY_FALLBACKS": KEYS["JWT_SIGNING_KEY"]}
    with site.another(**keys, **rotated) as other:
        log = other.log.read_text()
    assert "Another SECRET_KEY signed on this database before" in log
    assert "Another JWT_SIGNING_KEY" not in log
