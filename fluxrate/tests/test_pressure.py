"""What the site bears: a locked row with writers that wait, and idle connections.

`make pressure` does so for ten seconds and with 5,000 connections, on a machine that
does nothing else, and holds the limits. The suite, whose machine is busy, allows ten
times as much.
"""

import os
import resource
import socket
import time
from contextlib import ExitStack
from statistics import quantiles

import pytest

from fluxrate.tests.locked_rows import locked_writers
from fluxrate.tests.test_held_up import ADA, CUSTOMERS

IS_ALONE = "PRESSURE" in os.environ
LOCKED_SECONDS = 10 if IS_ALONE else 2
CONNECTIONS = 5_000 if IS_ALONE else 1_000
FACTOR = 1 if IS_ALONE else 10
WRITERS = 16
# Of the test and of the server's process, beside the connections.
OTHER_FILES = 200


def milliseconds(ask, path):
    began = time.perf_counter()
    assert ask("GET", path).status == 200
    return (time.perf_counter() - began) * 1_000


def p99(values):
    return quantiles(values, n=100)[98]


def test_sixteen_writers_of_a_locked_row_hold_up_nobody_else(site):
    limits = {"LOCK_TIMEOUT": "60s", "STATEMENT_TIMEOUT": "60s"}
    with site.another(**limits) as other:
        acme, globex = other.owner(), other.owner()
        path = acme.ask("POST", CUSTOMERS, ADA).headers["Location"]
        globex.ask("POST", CUSTOMERS, ADA)
        probes, reads = [], []
        with locked_writers(other, acme, path, WRITERS) as statuses:
            end = time.monotonic() + LOCKED_SECONDS
            while time.monotonic() < end:
                probes.append(milliseconds(other.ask, "/livez"))
                reads.append(milliseconds(globex.ask, CUSTOMERS))
                time.sleep(0.01)
            assert not statuses
        assert statuses == {200: WRITERS}
    print(f"/livez at most {max(probes):.0f} ms, reads p99 {p99(reads):.0f} ms")
    assert max(probes) <= 100 * FACTOR
    assert p99(reads) <= 500 * FACTOR


@pytest.fixture
def many_files():
    """This process may open a file for each connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < CONNECTIONS + OTHER_FILES:
        pytest.skip(f"The limit of open files is {hard}: ulimit -Hn.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_idle_connections_hold_up_no_request(site, many_files):
    with site.another() as other, ExitStack() as held:
        for _ in range(CONNECTIONS):
            address = ("127.0.0.1", other.port)
            held.enter_context(socket.create_connection(address, 10))
        waits = [milliseconds(other.ask, "/health") for _ in range(200)]
    print(f"/health p99 {p99(waits):.0f} ms beside {CONNECTIONS} connections")
    assert p99(waits) <= 100 * FACTOR
