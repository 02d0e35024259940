"""One server for all processes that use a data folder: the last one out stops it."""

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
from fluxrate.server.postgres.errors import unusable
from fluxrate.server.postgres.file_locks import Lock, alone
from fluxrate.server.postgres.paths import Place
from fluxrate.server.postgres.revival import revived
from fluxrate.server.postgres.system_user import account_for, open_path, open_programs
from fluxrate.server.postgres.tuning import settings

_ENDINGS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@contextmanager
def running(
    data_dir: Path, *, durable: bool = True, revive: bool = False
) -> Iterator[str]:
    """Hold the server of a data folder and give its URL.

    It is started when nobody runs it and stopped when nobody holds it any more.
    `durable=False` is for data that may be lost in a power cut: a test's. With
    `revive`, a server that dies is started again.
    """
    here = Place.of(data_dir)
    hold = _enter(here, durable=durable)
    try:
        with _revived(here, durable=durable) if revive else nullcontext():
            yield here.url()
    finally:
        try:
            _leave(here, hold)
        except BaseException:
            # A signal that came just before they were held back.
            _leave(here, hold)
            raise


def _revived(here: Place, *, durable: bool) -> AbstractContextManager[None]:
    def is_running() -> bool:
        # A folder that was removed has no server to bring back.
        return postmaster.running_process(here) is not None or not here.cluster.exists()

    def start() -> None:
        with alone(_start_lock(here)):
            _ensure_running(here, durable=durable)

    return revived(is_running, start)


@dataclass
class _Hold:
    """That we use a server, which is known once it answers."""

    users: Lock
    server: psutil.Process | None = None


def _start_lock(here: Place) -> Path:
    return here.data_dir / "postgres-start.lock"


def _enter(here: Place, *, durable: bool) -> _Hold:
    """Make sure that the server runs, and count ourselves among its users."""
    _make_folder(here.data_dir)
    with alone(_start_lock(here)):
        hold = _Hold(Lock(here.data_dir / "postgres-users.lock"))
        try:
            _ensure_running(here, durable=durable)
            hold.server = postmaster.running_process(here)
            postmaster.ensure_database(here)
            hold.users.share()
        except BaseException:
            _stop_if_last(here, hold)
            raise
    return hold


def _leave(here: Place, hold: _Hold) -> None:
    if hold.users.closed:
        return
    folder_is_there = here.data_dir.is_dir()
    with (
        _undisturbed(),
        alone(_start_lock(here)) if folder_is_there else nullcontext(),
    ):
        _stop_if_last(here, hold)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let a signal that arrives while we clean up wait until we have."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stop_if_last(here: Place, hold: _Hold) -> None:
    try:
        if hold.users.own_if_free():
            # Another server may have come after a crash of the one we found. But if
            # the folder was removed, whatever runs there now has users of its own.
            current = hold.users.is_current()
            postmaster.stop(
                postmaster.running_process(here) if current else hold.server
            )
            with suppress(OSError):
                here.socket_dir.rmdir()
    finally:
        hold.users.close()


def _ensure_running(here: Place, *, durable: bool) -> None:
    account = account_for(here.cluster)
    open_path(account, here.data_dir)
    open_programs(account, installation())
    if not here.cluster.exists():
        postmaster.stop_ghosts(here)
    cluster.ensure(here, account, durable=durable)
    if postmaster.answers(here):
        return
    account.private_folder(here.socket_dir)
    try:
        here.settings.write_text(settings(here, durable=durable))
        account.own(here.settings)
    except OSError as error:
        raise unusable(here.settings, error) from error
    postmaster.start(here, account)


def _make_folder(data_dir: Path) -> None:
    # As root, the server runs as a user who has to pass through.
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        data_dir.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(data_dir, error) from error
