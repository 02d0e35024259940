"""Whether PostgreSQL responds, asked of servers that refuse, hang up or are silent."""

import os
import socket

import psycopg
import pytest

from fluxrate.postgres import responsiveness
from fluxrate.postgres.responsiveness import Probe, shut_down

URL = os.environ["DATABASE_URL"]


@pytest.fixture(autouse=True)
def short_deadline(monkeypatch):
    monkeypatch.setattr(responsiveness, "RESPONSE_SECONDS", 0.3)


def test_a_server_that_accepts_connections_and_is_silent_does_not_respond():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        probe = Probe(f"host=127.0.0.1 port={port} user=fluxrate")
        assert not probe.responds()
        assert not probe.responds()


def test_a_refusal_is_a_response():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert Probe(f"host=127.0.0.1 port={port} user=fluxrate").responds()


def test_a_probe_whose_connection_was_ended_connects_again(monkeypatch):
    monkeypatch.setattr(responsiveness, "RESPONSE_SECONDS", 10)
    probe = Probe(f"{URL}{'&' if '?' in URL else '?'}application_name=ended")
    assert probe.responds()
    with psycopg.connect(URL, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE application_name = 'ended'"
        ).fetchall()
        assert ended == [(True,)]
    assert probe.responds()
    assert probe.responds()


def test_a_connection_that_is_shut_down_ends_the_wait_for_it():
    with psycopg.connect(URL, autocommit=True) as connection:
        shut_down(connection)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
        connection.close()
        shut_down(connection)
