"""Clients that say nothing, or little at a time, cost others nothing."""

import socket
import time
from contextlib import ExitStack

import pytest

from fluxrate.server.web.file_limit import raise_file_limit

CUSTOMERS = "/api/v1/customers"
HEAD = b"POST /api/v1/customers HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n"


@pytest.fixture
def crowd(site):
    """Open so many connections, each of which has sent the same."""
    with ExitStack() as connections:

        def open_(number, sent=b""):
            wires = [connections.enter_context(site.wire()) for _ in range(number)]
            for wire in wires:
                wire.send(sent)
            return wires

        yield open_


def slowest(owner, number=20):
    """The longest that one of some ordinary requests has taken, in seconds."""
    durations = []
    for _ in range(number):
        began = time.monotonic()
        assert owner.ask("GET", CUSTOMERS).status == 200
        durations.append(time.monotonic() - began)
    return max(durations)


def test_idle_connections_hold_nobody_up(owner, crowd):
    raise_file_limit()
    crowd(5_000)
    assert slowest(owner) < 1


@pytest.mark.parametrize(
    "sent", [HEAD, HEAD + b"\r\n{", HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{"]
)
def test_requests_that_do_not_become_whole_hold_nobody_up(owner, crowd, sent):
    wires = crowd(200, sent)
    for _ in range(3):
        for wire in wires:
            wire.send(b" ")
        assert slowest(owner, 5) < 1


def test_clients_that_do_not_read_hold_nobody_up(site, owner):
    ask = b"GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n"
    clients = []
    with ExitStack() as connections:
        for _ in range(200):
            client = connections.enter_context(socket.socket())
            # A small window: the answer stays with the server.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
            client.connect(("127.0.0.1", site.port))
            client.sendall(ask)
            clients.append(client)
        for client in clients:
            assert client.recv(1) == b"H"
        for _ in range(3):
            for client in clients:
                client.recv(1)
            assert slowest(owner, 5) < 1
