"""`manage.py work`: its lanes, its lines, its heartbeats, and a database that goes."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from uuid import uuid4

import psutil
import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError

from customers.tests.test_advance import fill
from fluxrate.models import Event, Heartbeat
from fluxrate.tests.live_site import CHECKOUT
from fluxrate.tests.test_web_processes import command
from fluxrate.tests.waiting import wait_for
from fluxrate.worker import LANES, Lane, loop
from fluxrate.worker.loop import LaneLoop
from organizations.models import Email, Ticket

SECONDS_UNTIL_A_ROUND = 5


@contextmanager
def working(environment, log, *options):
    """`manage.py work` until the block ends; its standard error is in the file."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "work", *options],
            cwd=CHECKOUT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def lines(log):
    return [json.loads(line) for line in log.read_text().splitlines()]


def rounds(log):
    return [line for line in lines(log) if line["message"] == "round"]


def heartbeats(url):
    last = "SELECT lane, max(beat_at) FROM fluxrate_heartbeat GROUP BY lane"
    with psycopg.connect(url) as reader:
        return dict(reader.execute(last).fetchall())


def idle_children(site):
    """The child processes that do not listen, without multiprocessing's tracker."""
    children = psutil.Process(site.process.pid).children()
    spawned = [each for each in children if "spawn_main" in command(each)]
    return [each for each in spawned if not is_listening(each)]


def is_listening(process):
    with suppress(psutil.NoSuchProcess):
        return any(each.status == "LISTEN" for each in process.net_connections("tcp"))
    return True


def test_one_round_of_each_lane(transactional_db, acme, mailoutbox):
    fill("Globex", 3)
    Email.objects.create(
        purpose=Ticket.Purpose.PASSWORD_RESET, address=acme.owner.email
    )
    call_command("work", once=True)
    assert Email.objects.get().status == Email.Status.SENT
    actors = Event.objects.filter(object_type="subscription", revision__gt=1)
    assert set(actors.values_list("actor", flat=True)) == {"command:advance"}
    assert not Heartbeat.objects.exists()


def test_one_lane_leaves_the_others_alone(acme, mailoutbox):
    Email.objects.create(
        purpose=Ticket.Purpose.PASSWORD_RESET, address=acme.owner.email
    )
    call_command("work", "--once", "--lane", "advance")
    assert Email.objects.get().status == Email.Status.WAITING


def test_a_worker_survives_the_loss_of_its_connections(site, tmp_path):
    url, log = site.environment["DATABASE_URL"], tmp_path / "log"
    with working(site.environment, log) as process:
        wait_for(lambda: set(heartbeats(url)) == {lane.name for lane in LANES})
        before = heartbeats(url)
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        began = time.monotonic()
        wait_for(lambda: heartbeats(url)["mail"] > before["mail"])
        # A heartbeat is written every five seconds.
        assert time.monotonic() - began < SECONDS_UNTIL_A_ROUND + loop.BEAT_SECONDS
        assert process.poll() is None
    assert process.returncode in {0, 143}
    warnings = [line for line in lines(log) if line["level"] == "WARNING"]
    assert warnings
    assert {line["message"].partition(":")[0] for line in warnings} == {
        "The round failed and is tried again"
    }
    assert {line["class"] for line in warnings} <= {"server_stops", "connection_lost"}
    assert {line["lane"] for line in rounds(log)} >= {"advance", "prune"}
    assert heartbeats(url) == {}


def test_up_starts_a_worker_and_another_one_after_a_kill(site):
    with site.another(WORKERS="1") as other:
        wait_for(lambda: other.ask("GET", "/readyz").json()["worker"] == "ok")
        (first,) = idle_children(other)
        first.kill()
        wait_for(lambda: first not in idle_children(other) != [])
        assert "A worker has ended; another starts" in other.log.read_text()
        assert other.ask("GET", "/health").status == 200
        (second,) = idle_children(other)
        assert second != first
    assert not second.is_running()


@pytest.fixture
def lane(monkeypatch):
    """A lane whose rounds take steps from a list, and raise its exceptions."""
    steps = []

    def run():
        for step in steps:
            if isinstance(step, Exception):
                raise step
            yield step

    monkeypatch.setattr(Lane, "begin", lambda _: run())
    return Lane("mail", "", every=0.01), steps


def looped(lane, monkeypatch, seconds=0.3):
    """Run a lane's thread for a while, with short pauses."""
    monkeypatch.setattr(loop, "_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(loop, "RETRY_SECONDS", 0.05)
    end = threading.Event()
    thread = threading.Thread(target=LaneLoop(lane, uuid4(), end).run)
    thread.start()
    time.sleep(seconds)
    end.set()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("error", "level"), [(OperationalError(), "WARNING"), (ValueError(), "ERROR")]
)
def test_a_round_that_fails_is_repeated_and_gives_no_heartbeat(
    lane, monkeypatch, log, error, level
):
    lane[1].append(error)
    looped(lane[0], monkeypatch)
    levels = [json.loads(line)["level"] for line in log.lines]
    assert len(levels) > 1
    assert set(levels) == {level}
    assert not Heartbeat.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_idle_round_of_a_busy_lane_leaves_a_heartbeat_and_no_line(
    lane, monkeypatch, log
):
    looped(lane[0], monkeypatch)
    assert log.lines == []
    assert Heartbeat.objects.get().lane == "mail"


@pytest.mark.django_db(transaction=True)
def test_a_round_is_one_line_with_its_counts(lane, monkeypatch, log):
    lane[1].extend([{"sent": 1}, {"sent": 1, "failed": 1}])
    looped(lane[0], monkeypatch, seconds=0.1)
    line = json.loads(log.lines[0])
    assert (line["lane"], line["sent"], line["failed"]) == ("mail", 2, 1)
    assert line["seconds"] >= 0


def test_an_unknown_lane_is_refused(site):
    refused = subprocess.run(
        [sys.executable, "manage.py", "work", "--lane", "letters"],
        cwd=CHECKOUT,
        env=os.environ | site.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "invalid choice: 'letters'" in refused.stderr
