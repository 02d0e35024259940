"""Restore the newest backup aside and compare it with what it must have."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from django.core.management import CommandError

from fluxrate.backup.base import wait_for
from fluxrate.backup.directory import BackupDirectory
from fluxrate.backup.fingerprint import Fingerprint, differences, fingerprints
from fluxrate.backup.instant import instant
from fluxrate.backup.progress import Progress
from fluxrate.backup.restore import Restore
from fluxrate.backup.source import Source
from fluxrate.backup.target import Target
from fluxrate.server.postgres.file_locks import Lock


@dataclass(frozen=True)
class Expected:
    """Tables as of a position; `at` is its time by the server's clock."""

    tables: Mapping[str, Fingerprint]
    position: int
    at: datetime
    is_live: bool


@dataclass
class Rehearsal:
    """`lost_seconds` is the time before this rehearsal whose writes it lacks."""

    expected: Expected
    lost_seconds: float
    actual: dict[str, Fingerprint] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def differences(self) -> list[str]:
        return list(differences(self.expected.tables, self.actual))

    def compare(self, url: str) -> None:
        with psycopg.connect(url) as connection:
            self.actual = fingerprints(connection)


def rehearse(
    source: Source, directory: BackupDirectory, scratch: Path, programs: Path | None
) -> Rehearsal:
    """Restore into a folder in `scratch`, which is removed afterwards.

    While WAL is received, the live server is compared as of now; else the manifest.
    CommandError while another rehearsal runs.
    """
    directory.bases()
    lock = Lock(directory.path / "rehearsal.lock")
    if not lock.try_exclusive():
        raise CommandError("Another rehearsal runs.")
    try:
        return _rehearse(source, directory, scratch / "rehearsal", programs)
    finally:
        lock.close()


def _rehearse(
    source: Source, directory: BackupDirectory, folder: Path, programs: Path | None
) -> Rehearsal:
    is_live = directory.is_receiving()
    expected = live(source, directory) if is_live else of_manifest(directory)
    progress = Progress.read(directory.path)
    complete_at = progress.complete_at if progress and is_live else expected.at
    lost = (datetime.now(UTC) - complete_at).total_seconds()
    rehearsal = Rehearsal(expected, lost)
    restore = Restore(directory, Target(position=expected.position), programs)
    try:
        rehearsal.seconds = restore.run(folder, rehearsal.compare).seconds
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return rehearsal


def live(source: Source, directory: BackupDirectory) -> Expected:
    with instant(source) as now:
        tables = fingerprints(now.connection)
    wait_for(source, directory, now.mark)
    return Expected(tables, now.position, now.at, is_live=True)


def of_manifest(directory: BackupDirectory) -> Expected:
    manifest = directory.bases()[-1].manifest
    at, position = manifest.instant_at, manifest.instant
    return Expected(manifest.tables, position, at, is_live=False)
