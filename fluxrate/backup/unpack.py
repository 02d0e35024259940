"""From a base backup and WAL to a data directory that PostgreSQL can recover."""

import shutil
from datetime import datetime
from pathlib import Path

from django.core.management import CommandError

from fluxrate.backup import programs, wal
from fluxrate.backup.directory import BackupDirectory, Base
from fluxrate.backup.execution import run
from fluxrate.backup.progress import Progress
from fluxrate.backup.target import segments

_TAR = Path("/usr/bin/tar")


def unpack(directory: BackupDirectory, base: Base, cluster: Path) -> datetime:
    """Write the data directory; the time up to which its WAL is known to be complete.

    CommandError if a file differs from its checksum.
    """
    cluster.mkdir(mode=0o700)
    extract(base.folder / "base.tar.gz", cluster)
    pg_wal = cluster / "pg_wal"
    pg_wal.mkdir(exist_ok=True)
    extract(base.folder / "pg_wal.tar.gz", pg_wal)
    verify(base, cluster)
    # Read before the WAL is copied, of which there may be more by then.
    progress = Progress.read(directory.path)
    paths = segments(directory, base)
    copy_wal(paths, pg_wal)
    (cluster / "recovery.signal").touch()
    if progress and paths and paths[-1].parent.name == progress.chain:
        return max(progress.complete_at, base.manifest.instant_at)
    return base.manifest.instant_at


def extract(archive: Path, folder: Path) -> None:
    tar = shutil.which("tar") or str(_TAR)
    options = ("--extract", "--gzip", "--no-same-owner", f"--directory={folder}")
    run(Path(tar), *options, f"--file={archive}")


def verify(base: Base, cluster: Path) -> None:
    """Compare each file with the checksum that the server has sent with it."""
    folder = programs.of_client(base.manifest.major)
    manifest = base.folder / "backup_manifest"
    # It reads only the files; WAL has checksums of its own.
    options = ("--no-parse-wal", "--quiet", f"--manifest-path={manifest}")
    run(folder / "pg_verifybackup", *options, cluster)


def copy_wal(paths: list[Path], pg_wal: Path) -> None:
    """Replace the base's own segments: the last of them may be shorter."""
    for path in paths:
        try:
            shutil.copyfile(path, pg_wal / wal.name(path))
        except FileNotFoundError:
            # It has been completed meanwhile.
            complete = path.with_name(wal.name(path))
            if not complete.exists():
                raise CommandError(f"{path} has been removed meanwhile.") from None
            shutil.copyfile(complete, pg_wal / wal.name(path))
