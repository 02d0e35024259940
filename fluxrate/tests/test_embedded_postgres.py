"""The server that comes with the requirements, started and hurt for real."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import psycopg
import pytest

from fluxrate.server import postgres
from fluxrate.server.postgres.postmaster import running_process

CHECKOUT = Path(__file__).resolve().parents[2]
HOLD = """
import sys
from pathlib import Path
from fluxrate.server import postgres
with postgres.running(Path(sys.argv[1]), durable=False):
    print("ready", flush=True)
    sys.stdin.read()
"""

# SIGQUIT may be ignored by the shell that runs the suite.
IGNORE_SHUTDOWN = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not tmp_path: another run of pytest closes its parents to PostgreSQL's user.
    with tempfile.TemporaryDirectory(prefix="fluxrate-") as path:
        yield Path(path) / "data"


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fluxrate-") as path:
        with running(Path(path)):
            pass
        yield Path(path)


@pytest.fixture
def made(template, folder) -> Path:
    """A folder in which a server has run and been stopped."""
    subprocess.run(["cp", "-a", template, folder], check=True)
    return folder


def running(folder: Path):
    return postgres.running(folder, durable=False)


def holder(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def ready(process: subprocess.Popen[bytes]) -> bool:
    return process.stdout.readline() == b"ready\n"


def leave(process: subprocess.Popen[bytes]) -> int:
    process.communicate()
    return process.returncode


def postmaster(folder: Path) -> int | None:
    process = running_process(postgres.ServerPaths.of(folder))
    return process.pid if process else None


def rows(url: str, sql: str) -> list[tuple]:
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def test_a_second_start_finds_what_the_first_one_stored(folder):
    with running(folder) as url:
        rows(url, "CREATE TABLE stored AS SELECT 1 AS a")
    assert postmaster(folder) is None
    with running(folder) as url:
        assert rows(url, "TABLE stored") == [(1,)]


def test_the_address_is_known_before_the_server_runs(made):
    expected = postgres.url(made)
    with running(made) as url:
        assert url == expected
    link = made / "link"
    link.symlink_to(made)
    assert postgres.url(link) == expected


def test_the_application_is_no_superuser_yet_creates_what_migrations_need(made):
    with running(made) as url:
        role = "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert rows(url, role) == [(False, True)]
        for extension in ("pg_trgm", "unaccent", "btree_gin", "citext"):
            rows(url, f"CREATE EXTENSION IF NOT EXISTS {extension}")


def test_nobody_else_can_reach_the_server(made):
    with running(made) as url:
        assert rows(url, "SHOW listen_addresses") == [("",)]
        assert postgres.ServerPaths.of(made).socket_dir.stat().st_mode & 0o077 == 0


def test_letters_beyond_ascii_have_upper_case_and_trigrams(made):
    with running(made) as url:
        assert rows(url, "SELECT upper('žofie'), lower('ÅNGSTRÖM')") == [
            ("ŽOFIE", "ångström")
        ]
        rows(url, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
        assert rows(url, "SELECT similarity('Пётр', 'пётр')") == [(1.0,)]


def test_the_last_one_out_stops_the_server(made):
    with running(made):
        with running(made) as url:
            first = postmaster(made)
        assert rows(url, "SELECT 1") == [(1,)]
        assert postmaster(made) == first
    assert postmaster(made) is None


def test_processes_that_start_at_once_on_a_new_folder_share_one_server(folder):
    holders = [holder(folder) for _ in range(4)]
    assert [ready(process) for process in holders] == [True] * 4
    shared = postmaster(folder)
    for process in holders[:3]:
        assert leave(process) == 0
    assert postmaster(folder) == shared
    assert leave(holders[3]) == 0
    assert postmaster(folder) is None


def test_a_killed_holder_leaves_a_server_that_the_next_one_adopts(made):
    killed = holder(made)
    assert ready(killed)
    orphan = postmaster(made)
    killed.kill()
    leave(killed)
    with running(made) as url:
        assert postmaster(made) == orphan
        assert rows(url, "SELECT 1") == [(1,)]
    assert postmaster(made) is None


def test_a_killed_server_starts_again_with_what_was_stored(made):
    with postgres.running(made) as url:
        rows(url, "CREATE TABLE stored AS SELECT 1 AS a")
        os.kill(postmaster(made), signal.SIGKILL)
        with postgres.running(made):
            assert rows(url, "TABLE stored") == [(1,)]
    assert postmaster(made) is None


def test_a_first_start_that_was_killed_is_repaired_by_the_next(folder):
    killed = holder(folder)
    while not list(folder.glob("postgres-unfinished-*/PG_VERSION")):
        time.sleep(0.01)
    killed.kill()
    leave(killed)
    assert not (folder / "postgres").exists()
    with running(folder) as url:
        assert rows(url, "SELECT 1") == [(1,)]
    assert not list(folder.glob("postgres-unfinished-*"))


def test_a_pid_that_now_belongs_to_another_process_is_no_server(made):
    (made / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{made}\n")
    with running(made) as url:
        assert rows(url, "SELECT 1") == [(1,)]


def test_a_folder_removed_under_a_running_server_begins_anew(made):
    old = holder(made)
    assert ready(old)
    ghost = postmaster(made)
    shutil.rmtree(made)
    with running(made) as url:
        assert postmaster(made) != ghost
        assert leave(old) == 0
        assert not psutil.pid_exists(ghost)
        assert rows(url, "SELECT 1") == [(1,)]
    assert postmaster(made) is None


def test_the_folder_may_be_removed_before_the_server_is_left(made):
    with running(made):
        server = psutil.Process(postmaster(made))
        shutil.rmtree(made)
    assert not server.is_running()


def test_ctrl_c_in_the_terminal_ends_holder_and_server(made):
    process = holder(made)
    assert ready(process)
    os.killpg(process.pid, signal.SIGINT)
    leave(process)
    assert postmaster(made) is None
    assert "database system is shut down" in (made / "postgres.log").read_text()


@pytest.mark.parametrize("name", ["x" * 120, 'it\'s, "a" $HOME ü'])
def test_a_path_that_no_socket_can_have_works(folder, name):
    with running(folder / name) as url:
        assert "%2Ftmp%2Ffluxrate-" in url
        assert rows(url, "SELECT 1") == [(1,)]


def test_a_folder_prepared_by_somebody_else_is_not_used(folder):
    paths = postgres.ServerPaths.of(folder / ("y" * 120))
    paths.socket_dir.symlink_to("/tmp")
    try:
        with (
            pytest.raises(
                postgres.EmbeddedPostgresError, match="not a folder of this user"
            ),
            running(paths.data_dir),
        ):
            pass
    finally:
        paths.socket_dir.unlink()


def test_data_of_another_major_version_is_refused_in_words(folder):
    cluster = folder / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("17\n")
    with (
        pytest.raises(postgres.EmbeddedPostgresError, match="made by PostgreSQL 17"),
        running(folder),
    ):
        pass
    assert (cluster / "PG_VERSION").read_text() == "17\n"


def test_settings_that_the_server_refuses_are_shown(made):
    (made / "postgres" / "postgresql.auto.conf").write_text("nonsense = 1\n")
    with (
        pytest.raises(postgres.EmbeddedPostgresError, match="nonsense"),
        running(made),
    ):
        pass
    assert postmaster(made) is None


def test_a_data_folder_that_cannot_be_is_refused_in_words(folder):
    folder.touch()
    with (
        pytest.raises(postgres.EmbeddedPostgresError, match="cannot use"),
        running(folder),
    ):
        pass


def test_a_large_log_is_renamed_at_the_next_start(made, monkeypatch):
    monkeypatch.setattr(postgres.postmaster, "_MAX_LOG_BYTES", 10)
    before = (made / "postgres.log").read_text()
    with running(made):
        assert (made / "postgres.log.1").read_text() == before


def test_a_server_that_does_not_become_ready_is_stopped(made, monkeypatch):
    monkeypatch.setattr(postgres.postmaster, "_START_PATIENCE", 3)
    (made / "postgres" / "standby.signal").touch()
    (made / "postgres" / "postgresql.auto.conf").write_text("hot_standby = off\n")
    with (
        pytest.raises(postgres.EmbeddedPostgresError, match="accepts no connections"),
        running(made),
    ):
        pass
    assert postmaster(made) is None


def test_a_pid_of_another_servers_child_is_no_server(made, folder, template):
    with running(template) as url, closing(psycopg.connect(url)) as connection:
        pid = connection.info.backend_pid
        (made / "postgres" / "postmaster.pid").write_text(f"{pid}\n{made}\n")
        assert postmaster(made) is None


def test_a_process_that_ignores_a_shutdown_is_ended_at_once(monkeypatch):
    monkeypatch.setattr(postgres.postmaster, "_STOP_PATIENCE", 0.2)
    process = subprocess.Popen(
        [sys.executable, "-c", IGNORE_SHUTDOWN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert ready(process)
    server = psutil.Process(process.pid)
    postgres.postmaster.stop(server)
    assert leave(process) == -signal.SIGQUIT
    postgres.postmaster.stop(server)


def test_a_server_that_cannot_be_started_again_is_tried_later(monkeypatch, caplog):
    monkeypatch.setattr(postgres.revival, "_POLL_SECONDS", 0.05)
    starts = threading.Semaphore(0)
    errors = iter([postgres.EmbeddedPostgresError("The disk is full.\n  details")])

    def start():
        starts.release()
        for error in errors:
            raise error

    with postgres.revival.revived(lambda: False, start):
        assert starts.acquire(timeout=10)
        assert starts.acquire(timeout=10)
    assert "The disk is full. Next try in 0.1 s." in caplog.messages
