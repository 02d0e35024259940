"""Restore the server of a backup into a new folder, and recover it up to a target."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from django.core.management import CommandError

from fluxrate.backup import programs
from fluxrate.backup.aside import serving
from fluxrate.backup.commits import Commit, Span, read_commits, span
from fluxrate.backup.directory import BackupDirectory, Base
from fluxrate.backup.target import Target
from fluxrate.backup.unpack import unpack
from fluxrate.server.postgres.paths import ServerPaths
from fluxrate.server.postgres.postmaster import stop_orphans


@dataclass(frozen=True)
class Restored:
    """The WAL is complete up to `complete_at`; `seconds` are those of each step."""

    base: Base
    complete_at: datetime
    commits: Span
    seconds: dict[str, float]


@dataclass(frozen=True)
class Restore:
    """`programs` is a folder for a server that the requirements do not bring."""

    directory: BackupDirectory
    target: Target = field(default_factory=Target)
    programs: Path | None = None

    def run(self, working: Path, use: Callable[[str], None]) -> Restored:
        """Recover in a folder; call `use` with the URL of the running server.

        The data directory is then in `working / "postgres"`, and its server is stopped.
        """
        began = time.monotonic()
        base = self.target.base(self.directory)
        folder = programs.of_server(base.manifest.major, self.programs)
        paths = new_folder(working)
        complete_at = unpack(self.directory, base, paths.cluster)
        commits = span(self.read_commits(base, folder, paths), self.target.at)
        # Without a commit after its time, PostgreSQL would not reach its target.
        is_end = self.target.at is not None and not commits.left_out
        settings = (Target() if is_end else self.target).settings()
        unpacked = time.monotonic()
        with serving(paths, folder, settings):
            recovered = time.monotonic()
            use(_url(paths, base.manifest.role, base.manifest.database))
        seconds = {
            "unpacking": unpacked - began,
            "recovery": recovered - unpacked,
            "all": time.monotonic() - began,
        }
        return Restored(base, complete_at, commits, seconds)

    def read_commits(
        self, base: Base, folder: Path, paths: ServerPaths
    ) -> Iterator[Commit]:
        return read_commits(
            folder,
            paths.cluster / "pg_wal",
            timeline=base.manifest.timeline,
            begin=base.manifest.begin,
        )


def _url(paths: ServerPaths, role: str, database: str) -> str:
    return paths.url(role=quote(role, safe=""), database=quote(database, safe=""))


def new_folder(path: Path) -> ServerPaths:
    """An empty folder for a server; what a killed command has left there is removed."""
    paths = ServerPaths.of(path)
    try:
        with suppress(FileNotFoundError):
            shutil.rmtree(path)
        stop_orphans(paths)
        path.mkdir(mode=0o711, parents=True)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    return paths
