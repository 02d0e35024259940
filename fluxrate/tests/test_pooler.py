"""Behind PgBouncer in transaction mode: starts, requests and commands, all real."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from fluxrate.tests.database import new_database
from fluxrate.tests.live_site import CHECKOUT, Owner, free_port, running
from fluxrate.tests.programs import required

ROLE_LIMIT = "17s"
STARTS = 5
POOL_SIZE = 6
ADVISORY_LOCKS = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database
    WHERE locktype = 'advisory' AND datname = current_database()
"""


@pytest.fixture(scope="module")
def pgbouncer() -> str:
    return required("pgbouncer")


@contextmanager
def pooled(program: str, url: str, settings: str = "") -> Iterator[str]:
    """The URL of a database behind a PgBouncer of its own."""
    server = conninfo_to_dict(url)
    with tempfile.TemporaryDirectory(prefix="fluxrate-pooler-") as folder:
        port = free_port()
        path = Path(folder)
        path.chmod(0o755)
        address = " ".join(
            f"{name}={server[name]}"
            for name in ("host", "port", "dbname", "user", "password")
            if server.get(name)
        )
        (path / "pgbouncer.ini").write_text(
            f"[databases]\npooled = {address}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
            "unix_socket_dir =\nauth_type = any\npool_mode = transaction\n"
            f"default_pool_size = {POOL_SIZE}\nmin_pool_size = {POOL_SIZE}\n"
            f"{settings}"
        )
        process = subprocess.Popen(
            [program, "--quiet", str(path / "pgbouncer.ini")],
            stderr=subprocess.DEVNULL,
            **account_of(server),
        )
        try:
            yield f"postgresql://{server['user']}@127.0.0.1:{port}/pooled"
        finally:
            process.terminate()
            process.wait(30)


def account_of(server: dict[str, Any]) -> dict[str, Any]:
    """PgBouncer refuses to run as root, and must enter the folder of the socket."""
    if os.geteuid() != 0:
        return {}
    host = str(server.get("host", ""))
    owner = Path(host).stat().st_uid if host.startswith("/") else 65534
    return {"user": owner, "group": owner, "extra_groups": []} if owner else {}


@contextmanager
def chatter(url: str) -> Iterator[None]:
    """Others use the pool meanwhile, so that a session changes hands all the time."""
    end = threading.Event()

    def talk() -> None:
        with suppress(psycopg.Error), psycopg.connect(url, autocommit=True) as talker:
            while not end.wait(0.002):
                talker.execute("SELECT 1")

    threads = [threading.Thread(target=talk) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        end.set()
        for thread in threads:
            thread.join()


def manage(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=CHECKOUT, env=environment, timeout=60, check=True)


@pytest.fixture
def database() -> Iterator[str]:
    """A database whose role has a statement timeout of its own."""
    with new_database() as url:
        name = urlsplit(url).path.lstrip("/")
        with psycopg.connect(url, autocommit=True) as direct:
            limit = f"ALTER DATABASE {name} SET statement_timeout = '{ROLE_LIMIT}'"
            direct.execute(limit)
        yield url


def test_starts_and_commands_leave_nothing_in_a_pools_sessions(pgbouncer, database):
    with pooled(pgbouncer, database) as pool:
        environment = os.environ | {
            "DATABASE_URL": pool,
            "DATABASE_POOLED": "true",
            "MIGRATION_DATABASE_URL": database,
            "WEB_CONCURRENCY": "1",
        }
        with chatter(pool):
            for _ in range(STARTS - 1):
                with running(environment):
                    pass
            with running(environment) as site:
                owner = site.owner()
                start_a_trial_that_ends_now(owner, create_customer(owner))
            manage(environment, "advance", "--once")
            manage(environment, "work", "--once")
            rename = "from customers.models import Customer as C"
            rename += "; C.objects.update(name='Grace')"
            manage(environment, "shell", "--no-imports", "-c", rename)
            assert sessions_limits(pool) == {ROLE_LIMIT}
    with psycopg.connect(database) as direct:
        assert direct.execute(ADVISORY_LOCKS).fetchone() == (0,)
        assert "command:advance" in actors(direct, "subscription.%")
        (renamed,) = actors(direct, "customer.updated")
        assert renamed.startswith("shell:")


def test_a_start_that_may_not_migrate_says_what_is_missing(database):
    environment = os.environ | {"DATABASE_URL": database, "MIGRATE_ON_START": "false"}
    command = [sys.executable, "manage.py", "up"]
    refused = subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, check=False
    )
    assert refused.returncode == 1
    assert b"run manage.py migrate first" in refused.stderr


def create_customer(owner: Owner) -> str:
    body = {"name": "Ada", "email": "ada@example.com"}
    return str(owner.ask("POST", "/api/v1/customers", body).json()["id"])


def start_a_trial_that_ends_now(owner: Owner, customer: str) -> None:
    plan = {"name": "Team", "type": "FIXED", "billing_interval": "month"}
    plan |= {"currency": "EUR"}
    plan_id = owner.ask("POST", "/api/v1/plans", plan).json()["id"]
    end = datetime.now(UTC) + timedelta(seconds=1)
    body = {"customer_id": customer, "plan_id": plan_id}
    body |= {"trial_end_date": end.isoformat()}
    created = owner.ask("POST", "/api/v1/subscriptions", body)
    assert created.json()["status"] == "TRIAL"
    time.sleep(1)


def actors(direct: psycopg.Connection, kind: str) -> set[str]:
    sql = "SELECT DISTINCT actor FROM fluxrate_event WHERE type LIKE %s"
    return {actor for (actor,) in direct.execute(sql, [kind])}


def sessions_limits(pool: str) -> set[str]:
    """The statement timeout of each of the pool's sessions, all held at once."""
    ask = "SELECT pg_backend_pid(), current_setting('statement_timeout')"
    with ExitStack() as held:
        clients = [held.enter_context(psycopg.connect(pool)) for _ in range(POOL_SIZE)]
        rows = [client.execute(ask).fetchall() for client in clients]
    limits = {pid: limit for (pid, limit), *_ in rows}
    assert len(limits) == POOL_SIZE
    return set(limits.values())


def test_a_pooler_that_is_not_announced_gets_no_migration(pgbouncer, database):
    with pooled(pgbouncer, database, "ignore_startup_parameters = options\n") as pool:
        command = [sys.executable, "manage.py", "migrate"]
        environment = os.environ | {"DATABASE_URL": pool}
        refused = subprocess.run(
            command, cwd=CHECKOUT, env=environment, capture_output=True, check=False
        )
    assert refused.returncode == 1
    assert b"set MIGRATION_DATABASE_URL" in refused.stderr
    with psycopg.connect(database) as direct:
        assert direct.execute(ADVISORY_LOCKS).fetchone() == (0,)
