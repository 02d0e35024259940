"""`DATABASE_URL` names two servers: the site follows the one that is promoted."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import psycopg
import pytest

from fluxrate.backup.execution import libpq_environment, run
from fluxrate.server import postgres
from fluxrate.server.postgres.paths import PORT, SUPERUSER, ServerPaths
from fluxrate.server.postgres.postmaster import running_process
from fluxrate.server.postgres.system_user import system_user_for
from fluxrate.tests.backups import wait_until
from fluxrate.tests.live_site import CHECKOUT, running

CUSTOMERS, EVENTS = "/api/v1/customers", "/api/v1/events"
# A standby confirms each commit, so that a promotion loses none.
SYNCHRONOUS = "ALTER SYSTEM SET synchronous_standby_names = '*'"


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="fluxrate-failover-") as path:
        Path(path).chmod(0o711)
        yield Path(path)


@pytest.fixture
def primary(folder):
    with postgres.running(folder / "a"):
        yield ServerPaths.of(folder / "a")


@pytest.fixture
def standby(folder, primary):
    """A server that follows the primary, which waits for its confirmation."""
    paths = ServerPaths.of(folder / "b")
    paths.data_dir.mkdir(mode=0o711)
    paths.cluster.mkdir(mode=0o700)
    user = system_user_for(paths.cluster)
    user.chown(paths.cluster)
    run(
        Path(postgres.program("pg_basebackup")),
        f"--pgdata={paths.cluster}",
        "--write-recovery-conf",
        "--checkpoint=fast",
        environment=libpq_environment(primary.url(role=SUPERUSER)),
        user=user,
    )
    with postgres.running(paths.data_dir):
        administer(primary, SYNCHRONOUS)
        administer(primary, "SELECT pg_reload_conf()")
        yield paths


@pytest.fixture
def settings(primary, standby):
    query = {
        "host": f"{primary.socket_dir},{standby.socket_dir}",
        "port": f"{PORT},{PORT}",
        "target_session_attrs": "read-write",
    }
    url = f"postgresql://fluxrate@/fluxrate?{urlencode(query)}"
    inherited = {k: v for k, v in os.environ.items() if k != "DATA_DIR"}
    return inherited | {"DATABASE_URL": url, "WEB_CONCURRENCY": "1"}


def administer(paths, statement):
    url = paths.url(role=SUPERUSER)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def kill(paths):
    server = running_process(paths)
    for process in (server, *server.children()):
        process.kill()
    wait_until(lambda: running_process(paths) is None)


def create(owner):
    """Create a customer, and repeat the request until it is answered; the statuses."""
    key, body = str(uuid4()), {"name": "Ada", "email": "ada@example.com"}
    statuses, deadline = [], time.monotonic() + 60
    while 201 not in statuses:
        assert time.monotonic() < deadline, statuses
        response = owner.ask("POST", CUSTOMERS, body, Idempotency_Key=key)
        statuses.append(response.status)
    return response.json()["id"], statuses


def test_the_site_follows_a_promotion(primary, standby, settings):
    with running(settings) as site:
        owner = site.owner()
        before = [create(owner)[0] for _ in range(5)]
        cursor = owner.ask("GET", EVENTS).json()["data"][-1]["id"]
        kill(primary)
        away = owner.ask("POST", CUSTOMERS, {"name": "A", "email": "a@example.com"})
        assert away.status == 503
        assert int(away.headers["Retry-After"]) > 0
        administer(standby, "SELECT pg_promote()")
        subprocess.run(
            [sys.executable, "manage.py", "raise_event_base"],
            cwd=CHECKOUT,
            env=settings,
            check=True,
            capture_output=True,
        )
        created, statuses = create(owner)
        assert set(statuses) <= {201, 503}
        listed = owner.ask("GET", CUSTOMERS).json()["data"]
        assert {row["id"] for row in listed} == {*before, created}
        wait_until(lambda: owner.ask("GET", f"{EVENTS}?after={cursor}").json()["data"])
        events = owner.ask("GET", f"{EVENTS}?after={cursor}").json()["data"]
        assert [event["object_id"] for event in events][-1] == created
