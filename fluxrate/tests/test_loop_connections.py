"""Statements in an event loop: the same rows, no thread, and nobody is kept waiting."""

import asyncio
import json
import threading
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, connection

from fluxrate.api.fast_path.front import FrontController
from fluxrate.api.wsgi_request import StrictWSGIHandler
from fluxrate.postgres import loop_connections
from fluxrate.postgres.backend.base import fetch
from fluxrate.postgres.loop_connections import SPARE, LoopConnections
from fluxrate.postgres.prepared import Execution, PreparedStatement
from fluxrate.server.web.gateway import Gateway, Request
from fluxrate.server.web.threads import ThreadPool
from fluxrate.tests.both_ways import Sent
from fluxrate.tests.locked_rows import locked_writers, waiting
from fluxrate.tests.waiting import wait_for
from fluxrate.tests.ways_to_answer import environ
from organizations.auth.front import front_controller
from organizations.models import ApiKey

CUSTOMERS = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}
LIMIT = 4
ONE = Execution(PreparedStatement("SELECT 1"), {})
SLEEP = Execution(PreparedStatement("SELECT 1 FROM pg_sleep(%(seconds)s)"), {})


def sleep(seconds):
    return SLEEP._replace(parameters={"seconds": seconds})


class Loop:
    """Connections of the running loop, and results as futures."""

    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self.connections = LoopConnections(self.loop, self.in_thread, LIMIT)

    def in_thread(self, task):
        threading.Thread(target=task).start()

    async def ready(self):
        while not self.connections.is_ready():
            await asyncio.sleep(0.01)

    def begin(self, execution, owner="acme"):
        future = self.loop.create_future()
        self.connections.execute(execution, owner, future.set_result)
        return future

    def open(self):
        return list(self.connections._open)


@asynccontextmanager
async def in_loop():
    loop = Loop()
    await loop.ready()
    try:
        yield loop
    finally:
        while loop.connections._is_connecting:
            await asyncio.sleep(0.01)
        for each in loop.open():
            each.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("for_json", [True, False])
@pytest.mark.parametrize("prepare", [True, False])
def test_rows_are_those_of_a_cursor(for_json, prepare):
    values = {
        "text": "Zoë %",
        "id": UUID("0193b0c4-7a1e-7c55-9f3c-5d1f0f6a1b2c"),
        "at": datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
        "number": 7,
        "none": None,
        "revisions": [1, 2],
        "key_hash": b"\x00\xff",
    }
    statement = PreparedStatement(
        "SELECT %(text)s::text, %(id)s::uuid, %(at)s::timestamptz, %(number)s + 1, "
        "%(none)s::text, %(revisions)s::bigint[], %(key_hash)s::bytea, "
        "'{\"a\": 1}'::jsonb, 7 %% 4, %(text)s = %(text)s",
        for_json=for_json,
        prepare=prepare,
    )

    async def twice():
        async with in_loop() as loop:
            return [await loop.begin(Execution(statement, values)) for _ in range(2)]

    expected = fetch(statement, values)
    assert asyncio.run(twice()) == [expected, expected]


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_fails_leaves_its_connection():
    bad = Execution(PreparedStatement("SELECT 1 / %(number)s"), {"number": 0})

    async def fail():
        async with in_loop() as loop:
            before = loop.open()
            error = await loop.begin(bad)
            return error, await loop.begin(ONE), before == loop.open()

    error, rows, is_same = asyncio.run(fail())
    assert isinstance(error, DatabaseError)
    assert error.__cause__.sqlstate == "22012"
    assert (rows, is_same) == ([(1,)], True)


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_cannot_be_sent_leaves_nothing_behind():
    """The parameter is missing: an error of Python, and not of PostgreSQL."""
    unsent = Execution(PreparedStatement("SELECT %(number)s"), {})

    async def fail():
        async with in_loop() as loop:
            error = await loop.begin(unsent)
            await loop.ready()
            return error, await loop.begin(ONE), dict(loop.connections._running)

    error, rows, running = asyncio.run(fail())
    assert isinstance(error, KeyError)
    assert (rows, running) == ([(1,)], {})


@pytest.mark.django_db(transaction=True)
def test_an_error_of_an_answer_holds_up_no_other_statement():
    async def fail():
        async with in_loop() as loop:
            loop.loop.set_exception_handler(lambda *_: None)
            loop.connections.execute(ONE, "acme", lambda _: 1 / 0)
            others = [loop.begin(ONE) for _ in range(LIMIT)]
            return await asyncio.wait_for(asyncio.gather(*others), 10)

    assert asyncio.run(fail()) == [[(1,)]] * LIMIT


def test_a_request_that_cannot_be_read_is_500():
    """The error is one of ours, and not of the request."""

    def fail(*_, **__):
        raise AttributeError("unexpected")

    async def ask():
        front = FrontController(StrictWSGIHandler(), fail)
        gateway = Gateway(front, ThreadPool(1, 1, at_end=lambda: None), front)
        asked = Request(environ(Sent("GET", CUSTOMERS, (("Host", "localhost"),))))
        answered = gateway.loop.create_future()
        gateway.submit(asked, answered.set_result)
        return await asyncio.wait_for(answered, 10)

    answer = asyncio.run(ask())
    assert answer.head.startswith(b"HTTP/1.1 500 ")
    assert json.loads(answer.body)["code"] == "server_error"


@pytest.mark.django_db(transaction=True)
def test_a_parameter_that_fills_the_socket_is_sent():
    text = "x" * 20_000_000
    long = Execution(PreparedStatement("SELECT length(%(text)s::text)"), {"text": text})

    async def send():
        async with in_loop() as loop:
            return await loop.begin(long)

    assert asyncio.run(send()) == [(20_000_000,)]


@pytest.mark.django_db(transaction=True)
def test_a_connection_with_an_outdated_plan_is_replaced():
    select = Execution(PreparedStatement("SELECT * FROM changing"), {})

    async def change():
        async with in_loop() as loop:
            assert await loop.begin(select) == []
            await asyncio.to_thread(
                run, "ALTER TABLE changing ADD COLUMN b text NOT NULL DEFAULT ''"
            )
            error = await loop.begin(select)
            await loop.ready()
            return error, await loop.begin(select)

    run("CREATE TABLE changing (a int)")
    try:
        error, rows = asyncio.run(change())
    finally:
        run("DROP TABLE changing")
    assert isinstance(error, DatabaseError)
    assert rows == []


def run(sql):
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute(sql)
    other.close()


@pytest.mark.django_db(transaction=True)
def test_an_owner_leaves_connections_to_the_others():
    async def wait():
        async with in_loop() as loop:
            slow = [loop.begin(sleep(1)) for _ in range(LIMIT + 1)]
            while sum(map(bool, loop.connections._running.values())) == 0:
                await asyncio.sleep(0.01)
            other = await asyncio.wait_for(loop.begin(ONE, "globex"), 0.9)
            most = loop.connections._running["acme"]
            return other, most, await asyncio.gather(*slow)

    other, most, slow = asyncio.run(wait())
    assert other == [(1,)]
    assert most == LIMIT - SPARE
    assert slow == [[(1,)]] * (LIMIT + 1)


@pytest.mark.django_db(transaction=True)
def test_a_statement_is_given_up_if_no_connection_becomes_free(monkeypatch):
    monkeypatch.setattr(loop_connections, "WAIT_SECONDS", 0.05)

    async def wait():
        async with in_loop() as loop:
            slow = [loop.begin(sleep(1)) for _ in range(LIMIT)]
            late = loop.begin(ONE)
            await asyncio.sleep(0.1)
            loop.connections.relieve()
            assert late.done()
            return await late, await asyncio.gather(*slow)

    late, slow = asyncio.run(wait())
    assert late is None
    assert [(1,)] in slow


@pytest.mark.django_db(transaction=True)
def test_an_idle_connection_that_the_server_ends_is_forgotten():
    async def end():
        async with in_loop() as loop:
            (ended,) = loop.open()
            pid = ended.wrapper.connection.info.backend_pid
            await asyncio.to_thread(run, f"SELECT pg_terminate_backend({pid}, 10000)")
            await asyncio.sleep(0.05)
            assert ended not in loop.open()
            await loop.ready()
            return await loop.begin(ONE)

    assert asyncio.run(end()) == [(1,)]


def begun(front, sent, loop):
    """The status line of a request that the loop answers, else None."""
    responses = loop.loop.create_future()
    if not front.begin(environ(sent), loop.connections, responses.set_result):
        return None
    return responses


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("", {}, "200 OK"),
        ("?page_size=2&status=ACTIVE", {}, "200 OK"),
        # What has no plan, what a serializer represents, what a thread has to ask for.
        ("?search=ada", {}, None),
        ("?include=subscriptions", {}, None),
        ("", {"X-API-Key": "org_live_unknown"}, None),
        ("", {"If-Match": '"1"'}, None),
    ],
)
def test_the_loop_answers_what_is_short(acme, query, headers, status):
    scopes = ["customers.read", "subscriptions.read"]
    key = ApiKey.issue(organization=acme.organization, name="Test", scopes=scopes)
    front = front_controller(StrictWSGIHandler())
    url = f"{CUSTOMERS}{query}"
    known = Sent("GET", url, (("X-API-Key", key.secret), ("Host", "localhost")))
    for _ in range(3):
        b"".join(front(environ(known), lambda *_: None))
    sent = Sent("GET", url, tuple((dict(known.headers) | headers).items()))

    async def ask():
        async with in_loop() as loop:
            response = begun(front, sent, loop)
            return response and (await response)[0]

    assert asyncio.run(ask()) == status


def planned(owner, name="Ada"):
    """The URL of a customer whose GET and PATCH have plans."""
    path = owner.ask("POST", CUSTOMERS, ADA).headers["Location"]
    for number in range(3):
        assert owner.ask("PATCH", path, {"name": f"{name} {number}"}).status == 200
        assert owner.ask("GET", path).status == 200
    return path


def test_planned_writes_wait_for_a_lock_without_a_thread(site):
    """The only thread answers what has no plan."""
    with site.another(THREADS="1", MAX_THREADS="1", LOCK_TIMEOUT="60s") as other:
        acme, globex = other.owner(), other.owner()
        path, foreign = planned(acme), planned(globex)
        with locked_writers(other, acme, path, 4) as statuses:
            wait_for(lambda: waiting(other) == 4)
            for _ in range(10):
                assert globex.ask("GET", foreign).status == 200
                assert globex.ask("GET", f"{CUSTOMERS}?name=Bea").status == 200
            assert not statuses
        assert statuses == {200: 4}


def test_more_planned_writes_than_connections_are_answered(site):
    with site.another(LOCK_TIMEOUT="1s") as other:
        acme, globex = other.owner(), other.owner()
        path, foreign = planned(acme), planned(globex)
        with locked_writers(other, acme, path, 30) as statuses:
            wait_for(lambda: waiting(other) > 6)
            for _ in range(10):
                assert globex.ask("GET", foreign).status == 200
            wait_for(lambda: statuses[503] > 10)
        assert set(statuses) <= {200, 503}


def test_a_planned_write_whose_connection_is_lost_is_503_and_not_repeated(site):
    with site.another(LOCK_TIMEOUT="60s") as other:
        acme = other.owner()
        path = planned(acme)
        with locked_writers(other, acme, path, 1) as statuses:
            wait_for(lambda: waiting(other) == 1)
            with psycopg.connect(other.environment["DATABASE_URL"]) as ending:
                ending.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
            wait_for(lambda: statuses[503] == 1)
        assert acme.ask("GET", path).json()["name"].startswith("Ada")
        assert acme.ask("PATCH", path, {"name": "Grace"}).status == 200


def test_planned_requests_go_on_when_the_server_has_ended_their_connections(site):
    with site.another() as other:
        acme = other.owner()
        path = planned(acme)
        with psycopg.connect(
            other.environment["DATABASE_URL"], autocommit=True
        ) as ending:
            ended = ending.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE 'WITH c%'"
            ).fetchall()
        assert len(ended) >= 1
        for number in range(5):
            assert acme.ask("GET", path).status == 200
            changed = acme.ask("PATCH", path, {"name": f"Grace {number}"})
            assert changed.status == 200, changed.body
