"""Connections at the limits of a web server process, and requests in their order."""

import os
import resource
import socket
import threading
from contextlib import contextmanager

import pytest

from fluxrate.server.web import receiver
from fluxrate.tests.live_site import Wire
from fluxrate.tests.test_deadlines import GET, serving

WAIT = GET.replace(b"/", b"/wait?300", 1)
EXPECTING = (
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
)


@pytest.fixture
def worker():
    with serving() as started:
        yield started


@contextmanager
def no_free_descriptor():
    """This process can open no more files during the block."""
    lowest = os.dup(0)
    os.close(lowest)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def pass_through_loop(worker):
    """Wait until the event loop has polled its sockets."""
    for _ in range(3):
        polled = threading.Event()
        worker.loop.call_soon_threadsafe(polled.set)
        assert polled.wait(10)


def test_without_a_file_descriptor_an_idle_connection_makes_room(worker):
    with socket.socket() as client, Wire(worker.port) as idle:
        assert idle.send(GET).answer().status == 200
        client.settimeout(10)
        with no_free_descriptor():
            client.connect(("127.0.0.1", worker.port))
            assert idle.is_closed()
        client.sendall(GET)
        assert client.recv(12) == b"HTTP/1.1 200"


def test_without_a_file_descriptor_a_connection_waits_for_one(worker):
    with socket.socket() as client:
        client.settimeout(10)
        with no_free_descriptor():
            client.connect(("127.0.0.1", worker.port))
            pass_through_loop(worker)
            assert not worker.connections
        client.sendall(GET)
        assert client.recv(12) == b"HTTP/1.1 200"


def test_an_end_answers_connections_that_wait_to_be_accepted(worker):
    accepting = threading.Event()
    worker.loop.call_soon_threadsafe(accepting.wait, 10)
    with Wire(worker.port) as wire:
        wire.send(GET)
        worker.loop.call_soon_threadsafe(worker.stop)
        accepting.set()
        answer = wire.answer()
        assert (answer.status, answer.headers["Connection"]) == (200, "close")


def test_a_request_that_is_incomplete_at_the_answer_before_it_is_answered(worker):
    with Wire(worker.port) as wire:
        wire.send(WAIT + GET[:9])
        assert wire.answer().status == 200
        wire.send(GET[9:])
        assert wire.answer().status == 200


def test_100_continue_is_not_sent_before_the_answers_that_are_due(worker):
    with Wire(worker.port) as wire:
        wire.send(WAIT + EXPECTING)
        assert wire.answer().body == b"done"
        wire.send(b"{}")
        assert wire.answer().status == 200


def test_a_request_after_the_last_one_is_not_read(worker):
    last = WAIT.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with Wire(worker.port) as wire:
        wire.send(last + GET)
        answer = wire.answer()
        assert (answer.body, answer.headers["Connection"]) == (b"done", "close")
        assert wire.is_closed()


def test_an_unexpected_error_of_the_parser_is_400_and_logged(
    worker, monkeypatch, caplog
):
    def fail(environ):
        raise RuntimeError("secret")

    monkeypatch.setattr(receiver, "check_host", fail)
    with Wire(worker.port) as wire:
        answer = wire.send(GET).answer()
        assert (answer.status, answer.json()["code"]) == (400, "bad_request")
        assert b"secret" not in answer.body
    assert "A request could not be parsed" in caplog.messages
