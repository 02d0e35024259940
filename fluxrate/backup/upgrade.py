"""The embedded server's data, from one major release of PostgreSQL to another."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.core.management import CommandError

from fluxrate.backup import programs
from fluxrate.backup.aside import serving
from fluxrate.backup.events import manage
from fluxrate.backup.execution import libpq_environment, run
from fluxrate.backup.fingerprint import Fingerprint, differences, fingerprints
from fluxrate.backup.restore import new_folder
from fluxrate.server import postgres
from fluxrate.server.postgres.binaries import major_version
from fluxrate.server.postgres.file_locks import Lock
from fluxrate.server.postgres.paths import SUPERUSER, ServerPaths

_JOBS = "--jobs=2"


def upgrade(data_dir: Path, folder: Path | None) -> tuple[str, dict[str, Fingerprint]]:
    """Dump and restore into a new data directory; the old release and the tables.

    The old data directory is `postgres-<major>` afterwards, unchanged.
    """
    paths = ServerPaths.of(data_dir)
    old = _major(paths)
    if old == major_version():
        raise CommandError(f"The data is of PostgreSQL {old} already.")
    old_programs = programs.of_server(int(old), folder)
    aside = paths.data_dir / f"postgres-{old}"
    if aside.exists():
        raise CommandError(f"{aside} exists: remove it if you do not need it.")
    working = paths.data_dir / "upgrading"
    with _unused(paths):
        new = new_folder(working)
        try:
            tables = _copy(paths, new, old_programs)
            paths.cluster.rename(aside)
            new.cluster.rename(paths.cluster)
        finally:
            shutil.rmtree(working, ignore_errors=True)
    return old, tables


def _major(paths: ServerPaths) -> str:
    try:
        return (paths.cluster / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise CommandError(f"{paths.cluster} has no data of PostgreSQL.") from error


@contextmanager
def _unused(paths: ServerPaths) -> Iterator[None]:
    """Keep other processes from starting the server; CommandError if one uses it."""
    locks = [
        Lock(paths.data_dir / f"postgres-{name}.lock") for name in ("start", "users")
    ]
    try:
        if not all(lock.try_exclusive() for lock in locks):
            raise CommandError("The server is in use: stop the site first.")
        yield
    finally:
        for lock in locks:
            lock.close()


def _copy(
    old: ServerPaths, new: ServerPaths, old_programs: Path
) -> dict[str, Fingerprint]:
    dump = new.data_dir / "dump"
    with serving(old, old_programs), postgres.running(new.data_dir) as url:
        before = _tables(old.url())
        _run("pg_dump", old, "--format=directory", _JOBS, f"--file={dump}")
        _run("pg_restore", new, "--exit-on-error", _JOBS, "--dbname=fluxrate", dump)
        shutil.rmtree(dump)
        _refuse_difference(before, _tables(url))
        # Positions of events go on after those of the dump.
        manage("migrate", url, "--no-input")
    return before


def _run(program: str, paths: ServerPaths, *arguments: str | Path) -> None:
    environment = libpq_environment(paths.url(role=SUPERUSER))
    run(postgres.program(program), *arguments, environment=environment)


def _tables(url: str) -> dict[str, Fingerprint]:
    with psycopg.connect(url) as connection:
        return fingerprints(connection)


def _refuse_difference(
    before: Mapping[str, Fingerprint], after: Mapping[str, Fingerprint]
) -> None:
    if sentences := list(differences(before, after)):
        raise CommandError("\n  ".join(["The copy is not the same:", *sentences]))
