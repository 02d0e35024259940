"""The server's process: started, believed once a connection works, stopped."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg

from fluxrate.server.postgres.binaries import program
from fluxrate.server.postgres.cluster import environment
from fluxrate.server.postgres.errors import EmbeddedPostgresError, explained
from fluxrate.server.postgres.paths import DATABASE, ROLE, SUPERUSER, Place
from fluxrate.server.postgres.system_user import Account

_POLL = 0.05
# Recovery after a crash replays up to max_wal_size of log.
_START_PATIENCE = 300
_STOP_PATIENCE = 60
# Backends of a killed postmaster take a moment to notice that it is gone.
_RETRIES_PATIENCE = 10
_STILL_IN_USE = "is still in use"
_LONGEST_LOG = 10 * 1024 * 1024

_children: list[subprocess.Popen[bytes]] = []


def answers(place: Place) -> bool:
    """Tell whether a server of exactly this data directory takes connections."""
    try:
        with psycopg.connect(
            place.url(role=SUPERUSER, database="postgres"),
            connect_timeout=5,
            autocommit=True,
        ) as connection:
            found = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return False
    return found is not None and Path(found[0]) == place.cluster


def start(place: Place, account: Account) -> None:
    """Start the server and return when it answers; the caller holds the start lock."""
    deadline = time.monotonic() + _RETRIES_PATIENCE
    while True:
        _remove_what_a_dead_server_left(place)
        _shorten(place.log)
        log_begins = place.log.stat().st_size if place.log.exists() else 0
        process = _spawn(place, account)
        if _became_ready(place, process):
            return
        said = _text_after(place.log, log_begins)
        if _STILL_IN_USE not in said or time.monotonic() > deadline:
            raise explained("PostgreSQL did not start.", said)
        time.sleep(_POLL * 10)


def stop(process: psutil.Process | None) -> None:
    """Stop a server in order: sessions are ended, everything is written."""
    if process is None:
        return
    try:
        # SIGINT asks PostgreSQL for its fast shutdown, SIGQUIT for the immediate one.
        process.send_signal(signal.SIGINT)
        if not _gone(process, _STOP_PATIENCE):
            process.send_signal(signal.SIGQUIT)
            _gone(process, _STOP_PATIENCE)
    except psutil.NoSuchProcess:
        pass
    _reap()


def stop_ghosts(place: Place) -> None:
    """Stop servers whose data directory was removed under their feet.

    They would go on for a minute, and then take the new server's socket with them.
    """
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if _named(process) == place.cluster:
                process.send_signal(signal.SIGQUIT)
                _gone(process, _STOP_PATIENCE)


def running_process(place: Place) -> psutil.Process | None:
    """Return the process of the pid file, unless it is dead or somebody else's."""
    try:
        process = psutil.Process(int(place.pid_file.read_text().partition("\n")[0]))
        return process if _serves(process, place.cluster) else None
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None


def _serves(process: psutil.Process, cluster: Path) -> bool:
    if process.status() == psutil.STATUS_ZOMBIE or process.name() != "postgres":
        return False
    named = _named(process)
    if named is not None and named.is_absolute():
        return named.resolve() == cluster
    # A process that ends just now has no words left. A session of whichever server has
    # a title such as "postgres: checkpointer".
    words = process.cmdline()
    return bool(words) and not words[0].startswith("postgres:")


def _named(process: psutil.Process) -> Path | None:
    """Return the data directory that a server's command line names."""
    words = process.cmdline() if process.name() == "postgres" else []
    return Path(words[words.index("-D") + 1]) if "-D" in words[:-1] else None


def ensure_database(place: Place) -> None:
    """Make the application's role and database where they are missing.

    The role is no superuser. CREATEDB is for test databases; the extensions that the
    migrations create are trusted ones, so the owner of a database may create them.
    """
    with psycopg.connect(
        place.url(role=SUPERUSER, database="postgres"), autocommit=True
    ) as connection:
        if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", ROLE):
            connection.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
        sql = "SELECT 1 FROM pg_database WHERE datname = %s"
        if not _exists(connection, sql, DATABASE):
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
    with psycopg.connect(place.url(), connect_timeout=5) as connection:
        connection.execute("SELECT 1")


def _exists(connection: psycopg.Connection, sql: LiteralString, name: str) -> bool:
    return connection.execute(sql, [name]).fetchone() is not None


def _spawn(place: Place, account: Account) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C in the terminal is for us, and PostgreSQL is
    # stopped by us once nobody uses it.
    with place.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            [str(program("postgres")), "-D", str(place.cluster)],
            cwd="/",
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **account.run_as,
        )
    _children.append(process)
    return process


def _became_ready(place: Place, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + _START_PATIENCE
    while process.poll() is None:
        if answers(place):
            return True
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                f"PostgreSQL runs but takes no connections after {_START_PATIENCE} s: "
                f"see {place.log}."
            )
        time.sleep(_POLL)
    return False


def _gone(process: psutil.Process, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True


def _remove_what_a_dead_server_left(place: Place) -> None:
    """Remove the files by which PostgreSQL would take another process for a server.

    PostgreSQL itself sees that a process is dead, but takes a living one for a
    server even where the number was given out again, or nobody reaped the dead one.
    """
    _reap()
    if running_process(place) is None:
        place.pid_file.unlink(missing_ok=True)
        for socket in place.socket_dir.glob(".s.PGSQL.*"):
            socket.unlink(missing_ok=True)


def _reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


def _shorten(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LONGEST_LOG:
        log.replace(log.with_name(f"{log.name}.1"))


def _text_after(log: Path, begins: int) -> str:
    with log.open("rb") as file:
        file.seek(begins, os.SEEK_SET)
        return file.read().decode(errors="replace")
