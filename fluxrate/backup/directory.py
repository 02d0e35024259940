"""A backup directory: its base backups, its WAL, and how far that is complete."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.core.management import CommandError

from fluxrate.backup.manifest import NAME as MANIFEST
from fluxrate.backup.manifest import Manifest
from fluxrate.backup.progress import write
from fluxrate.server.postgres.file_locks import Lock

_NAME = "%Y%m%dT%H%M%S.%fZ"


@dataclass(frozen=True)
class Base:
    """A base backup: its folder, named for the time at which it began."""

    folder: Path
    manifest: Manifest

    @property
    def began_at(self) -> datetime:
        return datetime.fromisoformat(self.folder.name)


@dataclass(frozen=True)
class BackupDirectory:
    path: Path

    def create(self) -> None:
        """Make its folders, which only this user may enter: the files have all data."""
        for folder in (self.path, self.path / "bases", self.path / "wal"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def new_folder(self, kind: str) -> Path:
        """The path of a folder of `bases` or `wal`, which is named for the time."""
        return self.path / kind / datetime.now(UTC).strftime(_NAME)

    def bases(self) -> list[Base]:
        """The complete base backups, oldest first; CommandError without one."""
        folders = self._complete()
        if not folders:
            raise CommandError(f"There is no backup in {self.path}.")
        return [Base(folder, Manifest.read(folder)) for folder in folders]

    def _complete(self) -> list[Path]:
        manifests = (self.path / "bases").glob(f"*Z/{MANIFEST}")
        return sorted(path.parent for path in manifests)

    def has_base(self) -> bool:
        """Whether the newest chain of WAL has a base backup."""
        folders, chain = self._complete(), self.chains()[-1].name
        return bool(folders) and Manifest.read(folders[-1]).chain == chain

    def chains(self) -> list[Path]:
        """The folders of WAL, oldest first."""
        return sorted((self.path / "wal").glob("*Z"))

    def receiver_lock(self) -> Lock:
        """The lock of the one process that receives WAL into this directory."""
        return Lock(self.path / "receiver.lock")

    def is_receiving(self) -> bool:
        """Whether a process receives WAL into this directory now."""
        if not self.path.is_dir():
            return False
        lock = self.receiver_lock()
        try:
            return not lock.try_exclusive()
        finally:
            lock.close()

    def slot(self) -> str:
        """The replication slot of this directory on the server."""
        path = self.path / "slot"
        if not path.exists():
            write(path, f"fluxrate_backup_{secrets.token_hex(4)}")
        return path.read_text()
