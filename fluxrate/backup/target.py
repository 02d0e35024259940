"""Which base backup and which WAL a restore needs."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.core.management import CommandError

from fluxrate.backup import wal
from fluxrate.backup.directory import BackupDirectory, Base


@dataclass(frozen=True)
class Target:
    """Up to a time (inclusive), up to a position (exclusive), or the end of WAL."""

    at: datetime | None = None
    position: int | None = None

    def base(self, directory: BackupDirectory) -> Base:
        """The newest base backup that was complete by then."""
        bases = directory.bases()
        usable = [
            base
            for base in bases
            if (self.at is None or base.manifest.instant_at <= self.at)
            and (self.position is None or base.manifest.end <= self.position)
        ]
        if not usable:
            oldest = bases[0].manifest.instant_at
            raise CommandError(
                f"The oldest backup in {directory.path} is complete at "
                f"{oldest:%Y-%m-%d %H:%M:%S} UTC: choose a later time."
            )
        return usable[-1]

    def settings(self) -> dict[str, str]:
        """The settings of a recovery that ends there."""
        recovery = {
            # All WAL has been copied into pg_wal before.
            "restore_command": "false",
            "recovery_target_timeline": "current",
            "recovery_target_action": "promote",
        }
        if self.at is not None:
            recovery["recovery_target_time"] = self.at.isoformat(" ")
        elif self.position is not None:
            recovery["recovery_target_lsn"] = wal.lsn(self.position)
            recovery["recovery_target_inclusive"] = "off"
        return recovery


def segments(directory: BackupDirectory, base: Base) -> list[Path]:
    """The WAL that follows a base backup, without a gap; it may have none."""
    manifest = base.manifest
    return list(
        wal.segments(
            directory.chains(),
            timeline=manifest.timeline,
            begin=manifest.begin,
            size=manifest.segment_size,
        )
    )
