"""pg_basebackup: a copy of the server's files, with a manifest and the site's keys."""

import json
import shutil
import time
from pathlib import Path

from django.core.management import CommandError

from fluxrate import __version__
from fluxrate.backup import keys, programs, wal
from fluxrate.backup.directory import BackupDirectory, Base
from fluxrate.backup.execution import libpq_environment, run
from fluxrate.backup.fingerprint import fingerprints
from fluxrate.backup.instant import instant
from fluxrate.backup.manifest import Manifest
from fluxrate.backup.slot import Slot
from fluxrate.backup.source import Identity, Source
from fluxrate.server.postgres.file_locks import exclusive

_UNFINISHED = "unfinished"
_PATIENCE_SECONDS = 120


def take(source: Source, directory: BackupDirectory) -> Base:
    """Take a base backup while a process receives WAL into the directory.

    It waits for another base backup into the same directory.
    """
    with exclusive(directory.path / "base.lock"):
        final = directory.new_folder("bases")
        folder = final.with_name(f"{_UNFINISHED}-{final.name}")
        for interrupted in final.parent.glob(f"{_UNFINISHED}-*"):
            shutil.rmtree(interrupted)
        folder.mkdir(mode=0o700)
        identity = source.identity()
        copy(source, identity, folder)
        manifest = describe(source, directory, identity, folder)
        keys.save(folder)
        manifest.write(folder)
        folder.rename(final)
    return Base(final, manifest)


def copy(source: Source, identity: Identity, folder: Path) -> None:
    run(
        programs.of_client(identity.major) / "pg_basebackup",
        f"--pgdata={folder}",
        "--format=tar",
        "--compress=client-gzip:1",
        "--wal-method=stream",
        "--checkpoint=fast",
        "--label=fluxrate",
        "--no-password",
        environment=libpq_environment(source.replication_url),
    )


def describe(
    source: Source, directory: BackupDirectory, identity: Identity, folder: Path
) -> Manifest:
    """Fingerprint the tables; the WAL up to that instant has then been received."""
    (files,) = json.loads((folder / "backup_manifest").read_text())["WAL-Ranges"][:1]
    with instant(source) as now:
        tables = fingerprints(now.connection)
    wait_for(source, directory, now.mark)
    return Manifest(
        fluxrate=__version__,
        server_version=identity.server_version,
        major=identity.major,
        system_identifier=identity.system_identifier,
        role=identity.role,
        database=identity.database,
        segment_size=identity.segment_size,
        timeline=files["Timeline"],
        begin=wal.position(files["Start-LSN"]),
        end=wal.position(files["End-LSN"]),
        chain=directory.chains()[-1].name,
        instant=now.position,
        instant_at=now.at,
        tables=tables,
    )


def wait_for(source: Source, directory: BackupDirectory, position: int) -> None:
    """Wait until the WAL up to a position has been received."""
    slot = Slot(directory)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with source.server() as server:
        while slot.received(server) < position:
            if time.monotonic() > deadline:
                raise CommandError("No WAL is received: see the log of the receiver.")
            time.sleep(0.1)
