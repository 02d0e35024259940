"""What the web server does in time, with limits that a test can wait for."""

import asyncio
import json
import socket
import threading
import time
import tracemalloc
from contextlib import ExitStack, contextmanager, suppress

import pytest
import uvloop

from fluxrate.server.web import environ, limits
from fluxrate.server.web.receiver import Stage
from fluxrate.server.web.threads import ThreadPool
from fluxrate.server.web.worker import Worker
from fluxrate.tests.live_site import Wire

SECOND = 1
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def application(environ, start_response):
    """Answer at once; wait as long as the query says, or send as many bytes."""
    number = int(environ["QUERY_STRING"] or 0)
    if environ["PATH_INFO"] == "/wait":
        time.sleep(number / 1_000)
    if environ["PATH_INFO"] == "/fail":
        raise RuntimeError("secret")
    body = b"x" * number if environ["PATH_INFO"] == "/send" else b"done"
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body]


@contextmanager
def serving(threads=2):
    listener = socket.create_server(("127.0.0.1", 0))
    pool = ThreadPool(threads, threads, at_end=lambda: None)
    worker = Worker(listener, application, threads=pool, max_body_bytes=1_000)
    worker.port = listener.getsockname()[1]
    ready = threading.Event()
    thread = threading.Thread(target=lambda: uvloop.run(worker.run(ready.set)))
    thread.start()
    ready.wait(10)
    try:
        yield worker
    finally:
        worker.loop.call_soon_threadsafe(worker.stop)
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def worker(monkeypatch):
    for name in ("HEAD", "BODY", "IDLE", "LINGER"):
        monkeypatch.setattr(limits, f"{name}_SECONDS", SECOND)
    monkeypatch.setattr(Stage.HEAD, "_value_", SECOND)
    monkeypatch.setattr(Stage.BODY, "_value_", SECOND)
    monkeypatch.setattr(limits, "STOP_SECONDS", 0.3)
    with serving() as started:
        yield started


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: ",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n1",
    ],
)
def test_a_request_that_does_not_become_whole_in_time_is_408(worker, sent):
    with Wire(worker.port) as wire:
        wire.send(sent)
        answer = wire.answer()
        assert (answer.status, answer.json()["code"]) == (408, "request_timeout")
        assert answer.headers["Connection"] == "close"
        assert wire.is_closed()


def test_a_byte_now_and_then_does_not_move_the_deadline(worker):
    with Wire(worker.port) as wire:
        wire.send(b"GET / HTTP/1.1\r\nX: ")
        began = time.monotonic()
        wire.socket.settimeout(0.1)
        while time.monotonic() - began < 5:
            try:
                assert wire.send(b"x").socket.recv(9) == b"HTTP/1.1 "
                break
            except TimeoutError:
                continue
        assert time.monotonic() - began < 4


@pytest.mark.parametrize("before", [b"", GET])
def test_a_connection_without_a_request_is_closed_in_time(worker, before):
    with Wire(worker.port) as wire:
        wire.send(before)
        assert not before or wire.answer().status == 200
        assert wire.is_closed()


def test_an_answer_that_takes_long_is_waited_for(worker):
    with Wire(worker.port) as wire:
        wire.send(GET.replace(b"/", b"/wait?2500", 1))
        assert wire.answer().body == b"done"


def test_an_answer_that_is_not_read_in_time_is_given_up(worker):
    with Wire(worker.port) as wire:
        wire.send(GET.replace(b"/", b"/send?20000000", 1))
        deadline = time.monotonic() + 8
        while worker.connections and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not worker.connections


def test_an_application_that_fails_is_500_and_tells_nothing(worker):
    with Wire(worker.port) as wire:
        answer = wire.send(GET.replace(b"/", b"/fail", 1)).answer()
        assert (answer.status, answer.json()["code"]) == (500, "server_error")
        assert b"secret" not in answer.body
        assert wire.send(GET).answer().status == 200


def test_without_room_for_a_connection_the_one_that_is_idle_longest_goes(worker):
    worker.max_connections = 3
    wires = [Wire(worker.port) for _ in range(3)]
    for wire in wires:
        assert wire.send(GET).answer().status == 200
    with Wire(worker.port) as fourth:
        assert fourth.send(GET).answer().status == 200
    assert wires[0].is_closed()
    assert wires[1].send(GET).answer().status == 200
    for wire in wires:
        wire.__exit__()


def test_bodies_beyond_what_a_process_holds_are_refused_for_now(worker, monkeypatch):
    monkeypatch.setattr(limits, "MAX_BODY_BYTES_PER_PROCESS", 1_500)
    post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n"
    with Wire(worker.port) as first, Wire(worker.port) as second:
        first.send(post, b"x" * 800)
        time.sleep(0.2)
        answer = second.send(post, b"x" * 800).answer()
        assert (answer.status, answer.json()["code"]) == (503, "busy")
        assert answer.headers["Retry-After"]
        assert first.send(b"x" * 100).answer().status == 200
    with Wire(worker.port) as third:
        assert third.send(post, b"x" * 900).answer().status == 200


def test_bodies_that_wait_for_a_thread_are_held_as_well(worker, monkeypatch):
    monkeypatch.setattr(limits, "MAX_BODY_BYTES_PER_PROCESS", 2_500)
    post = b"POST /wait?500 HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n"
    with ExitStack() as stack:
        wires = [stack.enter_context(Wire(worker.port)) for _ in range(5)]
        for wire in wires:
            wire.send(post, b"x" * 900)
        assert sorted(wire.answer().status for wire in wires) == [200, 200, *[503] * 3]
    assert worker.budget.used == 0


def test_bodies_of_clients_that_have_gone_are_not_held(worker):
    post = b"POST /wait?200 HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n"
    for whole in (True, False):
        with Wire(worker.port) as wire:
            wire.send(post, b"x" * 900, post, b"x" * (900 if whole else 9))
            time.sleep(0.1)
            assert worker.budget.used > 900
    time.sleep(1)
    assert worker.budget.used == 0


def test_a_body_of_small_chunks_takes_the_memory_of_its_bytes(worker):
    worker.budget.max_body_bytes = 1_000_000
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    tracemalloc.start()
    try:
        with Wire(worker.port) as wire:
            wire.send(head, b"2\r\nxy\r\n" * 50_000)
            wire.send(b"0\r\n\r\n").answer()
            assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("part", [b"0\r\nX: ", b"5;x="])
def test_what_is_no_body_between_chunks_is_bounded(worker, part):
    worker.budget.max_body_bytes = 1_000_000
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with Wire(worker.port) as wire:
        wire.send(head, part)
        with suppress(ConnectionError):
            wire.send(*[b"x" * 10_000] * 60)
        answer = wire.answer()
        assert (answer.status, answer.json()["code"]) == (431, "headers_too_large")


def test_names_that_a_client_makes_up_are_not_kept(worker):
    known = len(environ._NAMES)
    with Wire(worker.port) as wire:
        name = b"X-" + b"x" * 1_000
        assert wire.send(GET[:-2], name, b": y\r\n\r\n").answer().status == 200
    assert name not in environ._NAMES
    assert len(environ._NAMES) <= known + 1


def test_more_pipelined_requests_than_wait_are_answered_so_far(worker, monkeypatch):
    monkeypatch.setattr(limits, "MAX_PIPELINED", 5)
    with Wire(worker.port) as wire:
        wire.send(GET.replace(b"/", b"/wait?50", 1) * 20)
        answers = [wire.answer()]
        while answers[-1].headers["Connection"] != "close":
            answers.append(wire.answer())
        assert 5 <= len(answers) < 20
        assert wire.is_closed()


def test_an_end_answers_what_was_asked_before_a_client_could_know(worker):
    with Wire(worker.port) as busy, Wire(worker.port) as idle:
        busy.send(GET.replace(b"/", b"/wait?500", 1))
        idle.send(GET).answer()
        worker.loop.call_soon_threadsafe(worker.stop)
        time.sleep(0.1)
        late = idle.send(GET).answer()
        assert (late.status, late.headers["Connection"]) == (200, "close")
        answer = busy.answer()
        assert (answer.body, answer.headers["Connection"]) == (b"done", "close")
    with pytest.raises(OSError, match="refused"):
        Wire(worker.port)


def test_the_log_line_of_a_refusal_has_its_status(worker, log, caplog):
    with caplog.at_level("INFO", "fluxrate"), Wire(worker.port) as wire:
        wire.send(b"nonsense\r\n\r\n").answer()
    lines = [json.loads(line) for line in log.lines if "400" in line]
    assert [line["status"] for line in lines] == [400]


def test_the_loop_is_uvloop(worker):
    assert isinstance(worker.loop, uvloop.Loop)
    assert not isinstance(worker.loop, asyncio.SelectorEventLoop)
