"""One server for all processes that use a data folder; the last one stops it."""

import os
import signal
from collections.abc import Iterator
from contextlib import (
    AbstractContextManager,
    contextmanager,
    nullcontext,
    suppress,
)
from dataclasses import dataclass
from pathlib import Path

import psutil

from fluxrate.server.postgres import cluster, postmaster
from fluxrate.server.postgres.binaries import installation
from fluxrate.server.postgres.errors import path_error
from fluxrate.server.postgres.file_locks import Lock, exclusive
from fluxrate.server.postgres.paths import ServerPaths
from fluxrate.server.postgres.revival import revived
from fluxrate.server.postgres.system_user import (
    allow_programs,
    allow_traversal,
    system_user_for,
)
from fluxrate.server.postgres.tuning import settings

_ENDINGS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@contextmanager
def running(
    data_dir: Path, *, durable: bool = True, revive: bool = False
) -> Iterator[str]:
    """Run the server of a data folder during the block, and yield its URL.

    The first process starts the server, and the last one stops it. `durable=False` is
    for data that a power cut may lose, as in tests. With `revive`, a server that dies
    is started again.
    """
    paths = ServerPaths.of(data_dir)
    hold = _enter(paths, durable=durable)
    try:
        with _revived(paths, durable=durable) if revive else nullcontext():
            yield paths.url()
    finally:
        try:
            _leave(paths, hold)
        except BaseException:
            # A signal came just before signals were blocked.
            _leave(paths, hold)
            raise


def _revived(paths: ServerPaths, *, durable: bool) -> AbstractContextManager[None]:
    def is_running() -> bool:
        # A removed folder has no server to start again.
        return (
            postmaster.running_process(paths) is not None or not paths.cluster.exists()
        )

    def start() -> None:
        with exclusive(_start_lock(paths)):
            _ensure_running(paths, durable=durable)

    return revived(is_running, start)


@dataclass
class _Hold:
    """This process's use of a server, which is set once it accepts connections."""

    users: Lock
    server: psutil.Process | None = None


def _start_lock(paths: ServerPaths) -> Path:
    return paths.data_dir / "postgres-start.lock"


def _enter(paths: ServerPaths, *, durable: bool) -> _Hold:
    """Start the server if it does not run, and register as a user of it."""
    _make_folder(paths.data_dir)
    with exclusive(_start_lock(paths)):
        hold = _Hold(Lock(paths.data_dir / "postgres-users.lock"))
        try:
            _ensure_running(paths, durable=durable)
            hold.server = postmaster.running_process(paths)
            postmaster.ensure_database(paths)
            hold.users.shared()
        except BaseException:
            _stop_if_last(paths, hold)
            raise
    return hold


def _leave(paths: ServerPaths, hold: _Hold) -> None:
    if hold.users.closed:
        return
    folder_is_there = paths.data_dir.is_dir()
    with (
        _signals_blocked(),
        exclusive(_start_lock(paths)) if folder_is_there else nullcontext(),
    ):
        _stop_if_last(paths, hold)


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Delay signals until the clean-up is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stop_if_last(paths: ServerPaths, hold: _Hold) -> None:
    try:
        if hold.users.try_exclusive():
            # After a crash another server may have been started. But if the folder was
            # removed, a server that runs there now has other users.
            current = hold.users.is_current()
            postmaster.stop(
                postmaster.running_process(paths) if current else hold.server
            )
            with suppress(OSError):
                paths.socket_dir.rmdir()
    finally:
        hold.users.close()


def _ensure_running(paths: ServerPaths, *, durable: bool) -> None:
    user = system_user_for(paths.cluster)
    allow_traversal(user, paths.data_dir)
    allow_programs(user, installation())
    if not paths.cluster.exists():
        postmaster.stop_orphans(paths)
    cluster.ensure(paths, user, durable=durable)
    if postmaster.accepts_connections(paths):
        return
    user.make_private_folder(paths.socket_dir)
    try:
        paths.settings.write_text(settings(paths, durable=durable))
        user.chown(paths.settings)
    except OSError as error:
        raise path_error(paths.settings, error) from error
    postmaster.start(paths, user)


def _make_folder(data_dir: Path) -> None:
    # As root, the server runs as another user, who must be able to enter.
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        data_dir.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise path_error(data_dir, error) from error
