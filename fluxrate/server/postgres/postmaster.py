"""The server's process: start, wait until it accepts connections, stop."""

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
from fluxrate.server.postgres.errors import EmbeddedPostgresError, error_with_hint
from fluxrate.server.postgres.paths import DATABASE, ROLE, SUPERUSER, ServerPaths
from fluxrate.server.postgres.system_user import SystemUser

_POLL = 0.05
# Recovery after a crash replays up to max_wal_size of log.
_START_PATIENCE = 300
_STOP_PATIENCE = 60
# Backends of a killed postmaster take a moment to notice its end.
_RETRY_PATIENCE = 10
_STILL_IN_USE = "is still in use"
_MAX_LOG_BYTES = 10 * 1024 * 1024

_children: list[subprocess.Popen[bytes]] = []


def accepts_connections(paths: ServerPaths) -> bool:
    """Whether a server of this data directory accepts connections."""
    try:
        with psycopg.connect(
            paths.url(role=SUPERUSER, database="postgres"),
            connect_timeout=5,
            autocommit=True,
        ) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return False
    return row is not None and Path(row[0]) == paths.cluster


def start(paths: ServerPaths, user: SystemUser) -> None:
    """Start the server and wait until it accepts connections.

    The caller holds the start lock.
    """
    deadline = time.monotonic() + _RETRY_PATIENCE
    while True:
        _remove_stale_files(paths)
        _rotate(paths.log)
        log_begins = paths.log.stat().st_size if paths.log.exists() else 0
        process = _spawn(paths, user)
        if _became_ready(paths, process):
            return
        output = _text_after(paths.log, log_begins)
        if _STILL_IN_USE not in output or time.monotonic() > deadline:
            raise error_with_hint("PostgreSQL did not start.", output)
        time.sleep(_POLL * 10)


def stop(process: psutil.Process | None) -> None:
    """Stop a server with PostgreSQL's fast shutdown."""
    if process is None:
        return
    try:
        # SIGINT is the fast shutdown, SIGQUIT the immediate one.
        process.send_signal(signal.SIGINT)
        if not _has_ended(process, _STOP_PATIENCE):
            process.send_signal(signal.SIGQUIT)
            _has_ended(process, _STOP_PATIENCE)
    except psutil.NoSuchProcess:
        pass
    _reap()


def stop_orphans(paths: ServerPaths) -> None:
    """Stop servers whose data directory was removed.

    They would run for another minute, and then remove the new server's socket.
    """
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if _data_directory(process) == paths.cluster:
                process.send_signal(signal.SIGQUIT)
                _has_ended(process, _STOP_PATIENCE)


def running_process(paths: ServerPaths) -> psutil.Process | None:
    """The process in the pid file; None if it has ended or is no server of ours."""
    try:
        process = psutil.Process(int(paths.pid_file.read_text().partition("\n")[0]))
        return process if _serves(process, paths.cluster) else None
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None


def _serves(process: psutil.Process, cluster: Path) -> bool:
    if process.status() == psutil.STATUS_ZOMBIE or process.name() != "postgres":
        return False
    directory = _data_directory(process)
    if directory is not None and directory.is_absolute():
        return directory.resolve() == cluster
    # A process that is ending has no command line. A server's child process has a title
    # such as "postgres: checkpointer".
    arguments = process.cmdline()
    return bool(arguments) and not arguments[0].startswith("postgres:")


def _data_directory(process: psutil.Process) -> Path | None:
    """The data directory in a server's command line."""
    arguments = process.cmdline() if process.name() == "postgres" else []
    if "-D" not in arguments[:-1]:
        return None
    return Path(arguments[arguments.index("-D") + 1])


def ensure_database(paths: ServerPaths) -> None:
    """Create the application's role and database if they are missing.

    The role is no superuser. CREATEDB is for test databases; the owner of a database
    may create the extensions of the migrations, which are trusted.
    """
    with psycopg.connect(
        paths.url(role=SUPERUSER, database="postgres"), autocommit=True
    ) as connection:
        if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", ROLE):
            connection.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
        sql = "SELECT 1 FROM pg_database WHERE datname = %s"
        if not _exists(connection, sql, DATABASE):
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
    with psycopg.connect(paths.url(), connect_timeout=5) as connection:
        connection.execute("SELECT 1")


def _exists(connection: psycopg.Connection, sql: LiteralString, name: str) -> bool:
    return connection.execute(sql, [name]).fetchone() is not None


def _spawn(paths: ServerPaths, user: SystemUser) -> subprocess.Popen[bytes]:
    # In a new session Ctrl-C does not reach PostgreSQL: its last user stops it.
    with paths.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            [str(program("postgres")), "-D", str(paths.cluster)],
            cwd="/",
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **user.run_as,
        )
    _children.append(process)
    return process


def _became_ready(paths: ServerPaths, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + _START_PATIENCE
    while process.poll() is None:
        if accepts_connections(paths):
            return True
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                "PostgreSQL runs but accepts no connections after "
                f"{_START_PATIENCE} s: see {paths.log}."
            )
        time.sleep(_POLL)
    return False


def _has_ended(process: psutil.Process, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True


def _remove_stale_files(paths: ServerPaths) -> None:
    """Remove a dead server's files, which PostgreSQL may mistake for a running one's.

    PostgreSQL notices a dead process, but not that another process has its number now,
    or that it is a zombie.
    """
    _reap()
    if running_process(paths) is None:
        paths.pid_file.unlink(missing_ok=True)
        for socket in paths.socket_dir.glob(".s.PGSQL.*"):
            socket.unlink(missing_ok=True)


def _reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > _MAX_LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))


def _text_after(log: Path, begins: int) -> str:
    with log.open("rb") as file:
        file.seek(begins, os.SEEK_SET)
        return file.read().decode(errors="replace")
