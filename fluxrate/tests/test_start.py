"""`manage.py`, as people call it: real processes, real signals, a real port."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fluxrate.postgres import embedded
from fluxrate.postgres.embedded.postmaster import running_process

CHECKOUT = Path(__file__).resolve().parents[2]
MANAGE = [sys.executable, str(CHECKOUT / "manage.py")]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """What a new installation has: a data folder of its own, and nothing in it."""
    ours = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "COV_CORE_SOURCE")
    with tempfile.TemporaryDirectory(prefix="fluxrate-") as folder:
        inherited = {k: v for k, v in os.environ.items() if k not in ours}
        yield inherited | {"DATA_DIR": f"{folder}/data", "PORT": str(free_port())}


def start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*MANAGE, *command],
        env=environment,
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(command: list[str], environment: dict[str, str]) -> tuple[int, str, str]:
    process = start(command, environment)
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


def read_until(process: subprocess.Popen[str], sign: str) -> str:
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if sign in line:
            return "".join(lines)
    raise AssertionError("".join(lines) + process.stderr.read())


def server_runs(environment: dict[str, str]) -> bool:
    place = embedded.Place.of(Path(environment["DATA_DIR"]))
    return running_process(place) is not None


def health(environment: dict[str, str]) -> Any:
    port = int(environment["PORT"])
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as caller:
        caller.request("GET", "/health")
        answer = caller.getresponse()
        return answer.status, json.loads(answer.read())["status"]


def test_up_serves_until_ctrl_c_and_ends_everything(environment):
    site = start(["up"], environment)
    banner = read_until(site, "Ctrl-C")
    assert f"http://127.0.0.1:{environment['PORT']}/docs" in banner
    assert health(environment) == (200, "ok")
    os.killpg(site.pid, signal.SIGINT)
    assert "Traceback" not in site.communicate(timeout=15)[1]
    assert site.returncode == 0
    assert not server_runs(environment)
    with pytest.raises(OSError, match="refused"):
        health(environment)


def test_a_shell_beside_the_site_shares_its_database(environment):
    site = start(["up"], environment)
    read_until(site, "Ctrl-C")
    ask = "from organizations.models import User; print('users', User.objects.count())"
    code, output, _ = run(["shell", "--no-imports", "-c", ask], environment)
    assert (code, output) == (0, "users 0\n")
    assert health(environment) == (200, "ok")
    site.terminate()
    site.communicate(timeout=30)
    assert site.returncode == 0


def test_workers_end_when_their_parent_is_killed_and_the_next_start_works(environment):
    site = start(["up"], environment)
    read_until(site, "Ctrl-C")
    site.kill()
    # Workers hold the other end of these pipes: they are at their end, too.
    site.communicate(timeout=30)
    again = start(["up"], environment)
    read_until(again, "Ctrl-C")
    assert health(environment) == (200, "ok")
    again.terminate()
    again.communicate(timeout=30)
    assert not server_runs(environment)


def test_two_starts_at_once_on_one_folder_migrate_one_after_the_other(environment):
    other = environment | {"PORT": str(free_port())}
    sites = [start(["up"], environment), start(["up"], other)]
    for site in sites:
        read_until(site, "Ctrl-C")
    assert health(environment) == health(other) == (200, "ok")
    for site in sites:
        site.terminate()
        site.communicate(timeout=30)
    assert not server_runs(environment)


def test_a_taken_port_is_told_before_anything_is_served(environment):
    with socket.create_server(("127.0.0.1", int(environment["PORT"]))):
        code, output, errors = run(["up"], environment)
    assert (code, output) == (1, "")
    assert f"Port {environment['PORT']} of 127.0.0.1 is taken" in errors
    assert "Traceback" not in errors
    assert not server_runs(environment)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "80000", "PORT must be a whole number from 1 to 65535"),
        ("THREADS", "many", "THREADS must be a whole number"),
        ("HOST", "192.0.2.1", "HOST=192.0.2.1 is not an address of this machine"),
        ("DATABASE_URL", "mysql://u:s3cret@h/db", "must begin with postgresql://"),
        ("DATABASE_URL", "postgresql://127.0.0.1:1/x", "database does not answer"),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(environment, name, value, sentence):
    code, output, errors = run(["up"], environment | {name: value})
    assert (code, output) == (1, "")
    assert sentence in errors
    assert "Traceback" not in errors
    assert "s3cret" not in errors


def test_help_and_checks_start_no_database(environment):
    assert run(["help"], environment)[0] == 0
    assert run(["migrate", "--help"], environment)[0] == 0
    assert run(["check"], environment)[0] == 0
    assert not (Path(environment["DATA_DIR"]) / "postgres").exists()


def test_a_command_that_is_ended_stops_the_database_it_started(environment):
    sleeper = start(
        ["shell", "--no-imports", "-c", "print('up', flush=True); input()"],
        environment,
    )
    read_until(sleeper, "up")
    assert server_runs(environment)
    sleeper.terminate()
    sleeper.communicate(timeout=30)
    assert sleeper.returncode == 128 + signal.SIGTERM
    assert not server_runs(environment)


def test_commands_may_take_as_long_as_they_need(environment):
    ask = (
        "from django.db import connection as c; k = c.cursor();"
        "k.execute('SHOW statement_timeout'); print(k.fetchone()[0])"
    )
    shell = ["shell", "--no-imports", "-c", ask]
    assert run(shell, environment)[1] == "0\n"
    assert run(shell, environment | {"STATEMENT_TIMEOUT": "7s"})[1] == "7s\n"
