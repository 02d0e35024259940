"""Remove old base backups, and the WAL that only they need."""

import shutil

from fluxrate.backup import wal
from fluxrate.backup.directory import BackupDirectory


def prune(directory: BackupDirectory, keep: int) -> int:
    """Remove all but the newest base backups, and the WAL that only they need."""
    bases = directory.bases()
    old, (oldest, *_) = bases[:-keep], bases[-keep:]
    for base in old:
        shutil.rmtree(base.folder)
    manifest = oldest.manifest
    number = manifest.begin // manifest.segment_size
    first = wal.segment(manifest.timeline, number, manifest.segment_size)
    wal.remove_before(directory.chains(), first)
    return len(old)
