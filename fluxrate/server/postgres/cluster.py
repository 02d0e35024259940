"""PostgreSQL's own data directory: made once, in one step, and checked ever after."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from fluxrate.server.postgres.binaries import major_version, program
from fluxrate.server.postgres.errors import EmbeddedPostgresError, explained, unusable
from fluxrate.server.postgres.paths import SUPERUSER, Place
from fluxrate.server.postgres.system_user import Account

_UNFINISHED = "postgres-unfinished-"
_REMOVAL_PATIENCE = 10
_ROOM = 200 * 1024 * 1024
# Whoever can enter the socket's folder may be anybody; there is no other way in.
_HBA = "local all all trust\nlocal replication all trust\n"
_INCLUDE = "\ninclude_if_exists = 'fluxrate.conf'\n"


def environment() -> dict[str, str]:
    """Return a bare environment, in which no PG* variable of the caller's counts."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def ensure(place: Place, account: Account, *, durable: bool) -> None:
    """Make the data directory if there is none; the caller holds the start lock."""
    for left_over in place.data_dir.glob(f"{_UNFINISHED}*"):
        _remove(left_over)
    if not place.cluster.exists():
        _create(place, account, durable=durable)
    _refuse_another_version(place)


def _remove(folder: Path) -> None:
    """Remove a folder in which an initdb, whose parent was killed, may still write."""
    deadline = time.monotonic() + _REMOVAL_PATIENCE
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)


def _create(place: Place, account: Account, *, durable: bool) -> None:
    _refuse_a_full_disk(place.data_dir)
    # Under another name until it is whole: a start that is killed leaves nothing
    # that the next one would take for a database.
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=place.data_dir))
    try:
        account.own(unfinished)
        _initialize(unfinished, account, durable=durable)
        (unfinished / "pg_hba.conf").write_text(_HBA)
        with (unfinished / "postgresql.conf").open("a") as settings:
            settings.write(_INCLUDE)
        unfinished.rename(place.cluster)
    except OSError as error:
        raise unusable(place.data_dir, error) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _initialize(folder: Path, account: Account, *, durable: bool) -> None:
    command = [program("initdb"), "--pgdata", folder, "--username", SUPERUSER]
    # The same order of text on every machine, and Unicode's upper and lower case.
    command += ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
    command += ["--auth=trust", "--data-checksums"]
    command += [] if durable else ["--no-sync"]
    done = subprocess.run(  # noqa: S603
        [str(word) for word in command],
        cwd="/",
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        start_new_session=True,
        **account.run_as,
    )
    if done.returncode != 0:
        sentence = f"PostgreSQL could not create a database in {folder.parent}."
        raise explained(sentence, done.stdout)


def _refuse_a_full_disk(data_dir: Path) -> None:
    if shutil.disk_usage(data_dir).free < _ROOM:
        raise EmbeddedPostgresError(
            f"There is less than {_ROOM // 1024**2} MB left for {data_dir}: free some "
            "space and start again."
        )


def _refuse_another_version(place: Place) -> None:
    try:
        found = (place.cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise EmbeddedPostgresError(
            f"{place.cluster} is not a database of PostgreSQL: move it away, or set "
            "DATA_DIR to another folder."
        ) from None
    except OSError as error:
        raise unusable(place.cluster, error) from error
    if found != major_version():
        raise EmbeddedPostgresError(
            f"{place.cluster} was made by PostgreSQL {found}, and this release brings "
            f"PostgreSQL {major_version()}. Start the release that made it, write a "
            "dump with its pg_dump, move the folder away, start this release and "
            "load the dump; or set DATA_DIR to another folder to begin empty."
        )
