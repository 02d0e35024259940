"""One server for all processes that use a data folder: the last one out stops it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fluxrate.postgres.embedded import cluster, postmaster
from fluxrate.postgres.embedded.account import account_for, open_path, open_programs
from fluxrate.postgres.embedded.binaries import installation
from fluxrate.postgres.embedded.failure import unusable
from fluxrate.postgres.embedded.locks import Lock, alone
from fluxrate.postgres.embedded.place import Place
from fluxrate.postgres.embedded.tuning import settings


@contextmanager
def running(data_dir: Path, *, durable: bool = True) -> Iterator[str]:
    """Hold the server of a data folder and give its URL.

    It is started when nobody runs it and stopped when nobody holds it any more.
    `durable=False` is for data that may be lost in a power cut: a test's.
    """
    here = Place.of(data_dir)
    hold = _enter(here, durable=durable)
    try:
        yield here.url()
    finally:
        _leave(here, hold)


def _start_lock(here: Place) -> Path:
    return here.data_dir / "postgres-start.lock"


def _enter(here: Place, *, durable: bool) -> Lock:
    """Make sure that the server runs, and count ourselves among its users."""
    _make_folder(here.data_dir)
    with alone(_start_lock(here)):
        hold = Lock(here.data_dir / "postgres-users.lock")
        try:
            _ensure_running(here, durable=durable)
            postmaster.ensure_database(here)
            hold.share()
        except BaseException:
            _stop_if_last(here, hold)
            raise
    return hold


def _leave(here: Place, hold: Lock) -> None:
    with alone(_start_lock(here)):
        _stop_if_last(here, hold)


def _stop_if_last(here: Place, hold: Lock) -> None:
    try:
        if hold.own_if_free():
            postmaster.stop(here)
    finally:
        hold.close()


def _ensure_running(here: Place, *, durable: bool) -> None:
    account = account_for(here.cluster)
    open_path(account, here.data_dir)
    cluster.ensure(here, account, durable=durable)
    if postmaster.answers(here):
        return
    open_programs(account, installation())
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
