"""`manage.py`, as people call it: real processes, real signals, a real port."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError

from fluxrate.server import postgres
from fluxrate.server.address import free_address
from fluxrate.server.postgres.postmaster import running_process
from fluxrate.tests.live_site import free_port
from fluxrate.tests.waiting import wait_for

CHECKOUT = Path(__file__).resolve().parents[2]
MANAGE = [sys.executable, str(CHECKOUT / "manage.py")]


@pytest.fixture
def new() -> Iterator[dict[str, str]]:
    """What a new installation has: a data folder of its own, and nothing in it."""
    # Not tmp_path: another run of pytest closes its parents to PostgreSQL's user.
    with tempfile.TemporaryDirectory(prefix="fluxrate-") as folder:
        inherited = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        yield inherited | {"DATA_DIR": f"{folder}/data", "PORT": str(free_port())}


@pytest.fixture(scope="module")
def template() -> Iterator[str]:
    """The data folder of an installation that has been used."""
    with tempfile.TemporaryDirectory(prefix="fluxrate-") as folder:
        inherited = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        result = run(["migrate"], inherited | {"DATA_DIR": f"{folder}/data"})
        assert result[0] == 0, result
        yield f"{folder}/data"


@pytest.fixture
def environment(new, template) -> dict[str, str]:
    subprocess.run(["cp", "-a", template, new["DATA_DIR"]], check=True)
    return new


def start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*MANAGE, *command],
        env=environment,
        cwd="/",
        stdin=subprocess.PIPE,
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
    paths = postgres.ServerPaths.of(Path(environment["DATA_DIR"]))
    return running_process(paths) is not None


def health(environment: dict[str, str]) -> Any:
    port = int(environment["PORT"])
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as caller:
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


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.1])
def test_ctrl_c_while_processes_start_prints_no_traceback(environment, seconds):
    """The worker starts once the first process serves, and imports for a second."""
    site = start(["up"], environment)
    read_until(site, "Ctrl-C")
    wait_for(lambda: is_healthy(environment))
    time.sleep(seconds)
    os.killpg(site.pid, signal.SIGINT)
    assert "Traceback" not in site.communicate(timeout=30)[1]
    assert site.returncode == 0


def test_ctrl_c_while_a_command_imports_prints_no_traceback(environment):
    command = start(["check"], environment)
    # Python catches the signal once it runs; manage.py lets it end the imports.
    wait_for(lambda: is_catching(command, signal.SIGINT), pause=0.001)
    wait_for(lambda: not is_catching(command, signal.SIGINT), pause=0.001)
    command.send_signal(signal.SIGINT)
    assert command.communicate(timeout=30) == ("", "")
    assert command.returncode == -signal.SIGINT


def is_catching(process: subprocess.Popen[str], number: signal.Signals) -> bool:
    status = Path(f"/proc/{process.pid}/status").read_text()
    (mask,) = re.findall(r"^SigCgt:\s*(\w+)$", status, re.M)
    return bool(int(mask, 16) >> number - 1 & 1)


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


def test_two_starts_at_once_in_a_new_folder_migrate_one_after_the_other(new):
    other = new | {"PORT": str(free_port())}
    sites = [start(["up"], new), start(["up"], other)]
    for site in sites:
        read_until(site, "Ctrl-C")
    assert health(new) == health(other) == (200, "ok")
    for site in sites:
        site.terminate()
        site.communicate(timeout=30)
    assert not server_runs(new)


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
        ("DATABASE_URL", "mysql://u:s3cret@h/db", "must begin with postgresql://"),
        ("DATABASE_URL", "postgresql://127.0.0.1:1/x", "database does not answer"),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(new, name, value, sentence):
    code, output, errors = run(["up"], new | {name: value})
    assert (code, output) == (1, "")
    assert sentence in errors
    assert "Traceback" not in errors
    assert "s3cret" not in errors


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("192.0.2.1", "not an address of this machine"),
        ("no.such.invalid", "not an address"),
        ("a" * 70, "not an address"),
    ],
)
def test_a_host_that_cannot_be_listened_on_is_refused(host, sentence):
    with pytest.raises(CommandError, match=sentence):
        free_address(host, free_port())


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("localhost", "http://127.0.0.1:"),
        ("0.0.0.0", "http://127.0.0.1:"),
        ("::1", "http://[::1]:"),
    ],
)
def test_the_address_shown_is_one_that_a_browser_can_open(host, url):
    assert free_address(host, free_port()).url.startswith(url)


def test_a_command_on_an_empty_database_says_what_comes_first(new):
    code, output, errors = run(["verify_row_counts"], new)
    assert (code, output) == (1, "")
    assert errors.endswith("Error: Run manage.py migrate first.\n")


def test_help_and_checks_start_no_database(new):
    assert run(["migrate", "--help"], new)[0] == 0
    assert run(["check"], new)[0] == 0
    assert not (Path(new["DATA_DIR"]) / "postgres").exists()


@pytest.mark.parametrize("at_work", [True, False])
def test_a_command_that_is_ended_stops_the_database_it_started(environment, at_work):
    code = f"print('up', flush=True); {'input()' if at_work else 'pass'}"
    command = start(["shell", "--no-imports", "-c", code], environment)
    read_until(command, "up")
    command.terminate()
    command.communicate(timeout=30)
    assert command.returncode == 128 + signal.SIGTERM
    assert not server_runs(environment)


def test_commands_may_take_as_long_as_they_need(environment):
    ask = (
        "from django.db import connection as c; k = c.cursor();"
        "k.execute('SHOW statement_timeout'); print(k.fetchone()[0])"
    )
    shell = ["shell", "--no-imports", "-c", ask]
    assert run(shell, environment)[1] == "0\n"
    assert run(shell, environment | {"STATEMENT_TIMEOUT": "7s"})[1] == "7s\n"


def test_a_backup_brings_back_what_was_deleted(environment, tmp_path):
    dump = str(tmp_path / "fluxrate.dump")
    restore = ["--clean", "--if-exists", "--single-transaction", "--dbname=fluxrate"]
    with (
        postgres.running(Path(environment["DATA_DIR"])) as url,
        closing(psycopg.connect(url, autocommit=True)) as connection,
    ):
        before = connection.execute(
            "SELECT count(*) FROM auth_group_permissions"
        ).fetchone()
        code, _, errors = run(["postgres", "pg_dump", "-Fc", "-f", dump], environment)
        assert (code, errors) == (0, "")
        connection.execute("DELETE FROM auth_group_permissions")
        code, _, errors = run(["postgres", "pg_restore", *restore, dump], environment)
        assert (code, errors) == (0, "")
        after = connection.execute(
            "SELECT count(*) FROM auth_group_permissions"
        ).fetchone()
        assert after == before != (0,)


def is_healthy(environment: dict[str, str]) -> bool:
    with suppress(OSError, http.client.HTTPException):
        return health(environment) == (200, "ok")
    return False


def log_lines(errors: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in errors.splitlines() if line.startswith("{")]


def test_a_killed_postgres_is_started_again_and_commands_go_on(environment):
    site = start(["up"], environment)
    read_until(site, "Ctrl-C")
    worker = start(["advance", "--every", "1"], environment)
    read_until(worker, "nothing was due")
    paths = postgres.ServerPaths.of(Path(environment["DATA_DIR"]))
    killed = running_process(paths)
    killed.send_signal(signal.SIGKILL)
    wait_for(lambda: (now := running_process(paths)) and now.pid != killed.pid)
    wait_for(lambda: is_healthy(environment))
    for _ in range(3):
        read_until(worker, "nothing was due")
    for process in (worker, site):
        process.terminate()
    errors, of_site = (process.communicate(timeout=30)[1] for process in (worker, site))
    assert (worker.returncode, site.returncode) == (128 + signal.SIGTERM, 0)
    # Whichever sees it first.
    assert "started again" in errors + of_site
    logged = log_lines(errors)
    rounds = [line for line in logged if line["message"] == "round"]
    assert len(rounds) >= 3
    assert any(line["message"].startswith("The round failed") for line in logged)
    assert running_process(paths) is None


PRODUCTION = {
    "FLUXRATE_ENV": "production",
    "ALLOWED_HOSTS": "fluxrate.test",
    "SECRET_KEY": "0123456789abcdefghij" * 3,
    "JWT_SIGNING_KEY": "jihgfedcba9876543210" * 3,
}


def test_production_says_that_it_is_ready_and_what_it_lacks(environment):
    site = start(["up"], environment | PRODUCTION)
    read_until(site, "Ctrl-C")
    assert health(environment) == (200, "ok")
    site.terminate()
    logged = log_lines(site.communicate(timeout=30)[1])
    assert [line for line in logged if line.get("status") == 400] == []
    messages = " ".join(line["message"] for line in logged)
    assert "EMAIL_HOST is not set" in messages
    assert "DATABASE_URL is not set" in messages


def test_a_reset_link_is_in_no_log_of_production(environment):
    site = start(["up"], environment | PRODUCTION)
    read_until(site, "Ctrl-C")
    port = int(environment["PORT"])
    headers = {
        "Host": "fluxrate.test",
        "X-Forwarded-Proto": "https",
        "Content-Type": "application/json",
    }
    email = {"email": "ada@example.com"}
    account = email | {"password": "correct-horse-battery", "organization_name": "A"}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as caller:
        for path, body in [("signup", account), ("password/reset", email)]:
            caller.request("POST", f"/api/v1/auth/{path}", json.dumps(body), headers)
            response = caller.getresponse()
            assert response.status < 300, response.read()
            response.read()
    discarded = "SELECT count(*) FROM organizations_email WHERE status = 'DISCARDED'"
    with (
        postgres.running(Path(environment["DATA_DIR"])) as url,
        closing(psycopg.connect(url, autocommit=True)) as connection,
    ):
        wait_for(lambda: connection.execute(discarded).fetchone() == (2,))
    site.terminate()
    output, errors = site.communicate(timeout=30)
    assert "#" not in output
    assert "#" not in errors
    assert errors.count("an email was discarded") == 2


def test_a_frozen_postgres_is_503_within_seconds_and_the_rest_is_served(environment):
    site = start(["up"], environment)
    read_until(site, "Ctrl-C")
    paths = postgres.ServerPaths.of(Path(environment["DATA_DIR"]))
    postmaster = running_process(paths)
    frozen = [*postmaster.children(), postmaster]
    with ThreadPoolExecutor(20) as callers:
        for process in frozen:
            process.suspend()
        try:
            answers = [callers.submit(health, environment) for _ in range(20)]
            assert {answer.result() for answer in answers} == {(503, "unavailable")}
            assert (
                get(environment, "/livez") == get(environment, "/openapi.yaml") == 200
            )
        finally:
            for process in reversed(frozen):
                process.resume()
    wait_for(lambda: is_healthy(environment))
    site.terminate()
    assert "PostgreSQL answers again" in site.communicate(timeout=30)[1]


def get(environment: dict[str, str], path: str) -> int:
    port = int(environment["PORT"])
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as caller:
        caller.request("GET", path)
        return caller.getresponse().status
