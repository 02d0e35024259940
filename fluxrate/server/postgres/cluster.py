"""PostgreSQL's data directory: created in one step, and checked at every start."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from fluxrate.server.postgres.binaries import major_version, program
from fluxrate.server.postgres.errors import (
    EmbeddedPostgresError,
    error_with_hint,
    path_error,
)
from fluxrate.server.postgres.paths import SUPERUSER, ServerPaths
from fluxrate.server.postgres.system_user import SystemUser

_UNFINISHED = "postgres-unfinished-"
_REMOVAL_PATIENCE = 10
_MIN_FREE_BYTES = 200 * 1024 * 1024
# Local trust: only users who can enter the socket directory reach the server, which
# does not listen on TCP.
_HBA = "local all all trust\nlocal replication all trust\n"
_INCLUDE = "\ninclude_if_exists = 'fluxrate.conf'\n"


def environment() -> dict[str, str]:
    """An environment without the caller's PG* variables."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def ensure(paths: ServerPaths, user: SystemUser, *, durable: bool) -> None:
    """Create the data directory if it is missing; the caller holds the start lock."""
    for unfinished in paths.data_dir.glob(f"{_UNFINISHED}*"):
        _remove(unfinished)
    if not paths.cluster.exists():
        _create(paths, user, durable=durable)
    _refuse_other_version(paths)


def _remove(folder: Path) -> None:
    """Remove a folder; an initdb whose parent was killed may still write there."""
    deadline = time.monotonic() + _REMOVAL_PATIENCE
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)


def _create(paths: ServerPaths, user: SystemUser, *, durable: bool) -> None:
    _refuse_full_disk(paths.data_dir)
    # It has another name until it is complete: a killed start leaves nothing that the
    # next one would use as a database.
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=paths.data_dir))
    try:
        user.chown(unfinished)
        _initialize(unfinished, user, durable=durable)
        (unfinished / "pg_hba.conf").write_text(_HBA)
        with (unfinished / "postgresql.conf").open("a") as settings:
            settings.write(_INCLUDE)
        unfinished.rename(paths.cluster)
    except OSError as error:
        raise path_error(paths.data_dir, error) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _initialize(folder: Path, user: SystemUser, *, durable: bool) -> None:
    command = [program("initdb"), "--pgdata", folder, "--username", SUPERUSER]
    # Text sorts the same on every machine, with Unicode's upper and lower case.
    command += ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
    command += ["--auth=trust", "--data-checksums"]
    command += [] if durable else ["--no-sync"]
    done = subprocess.run(  # noqa: S603
        [str(argument) for argument in command],
        cwd="/",
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        start_new_session=True,
        **user.run_as,
    )
    if done.returncode != 0:
        sentence = f"PostgreSQL could not create a database in {folder.parent}."
        raise error_with_hint(sentence, done.stdout)


def _refuse_full_disk(data_dir: Path) -> None:
    if shutil.disk_usage(data_dir).free < _MIN_FREE_BYTES:
        raise EmbeddedPostgresError(
            f"There is less than {_MIN_FREE_BYTES // 1024**2} MB left for {data_dir}: "
            "free some space and start again."
        )


def _refuse_other_version(paths: ServerPaths) -> None:
    try:
        version = (paths.cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise EmbeddedPostgresError(
            f"{paths.cluster} is not a database of PostgreSQL: move it away, or set "
            "DATA_DIR to another folder."
        ) from None
    except OSError as error:
        raise path_error(paths.cluster, error) from error
    if version != major_version():
        raise EmbeddedPostgresError(
            f"{paths.cluster} was made by PostgreSQL {version}, and this release "
            f"brings PostgreSQL {major_version()}: run manage.py upgrade_database, or "
            "set DATA_DIR to another folder to begin empty."
        )
