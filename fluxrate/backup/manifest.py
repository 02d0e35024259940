"""What a base backup is of, as `manifest.json` beside its files."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self

from django.core.management import CommandError

from fluxrate.backup.fingerprint import Fingerprint
from fluxrate.backup.progress import write

NAME = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """`begin` and `end` are the positions between which the files were copied.

    `tables` are rows and hashes as of `instant`, a position after `end`, whose time by
    the server's clock is `instant_at`. `chain` is the WAL that was received meanwhile.
    """

    fluxrate: str
    server_version: str
    major: int
    system_identifier: str
    role: str
    database: str
    segment_size: int
    timeline: int
    begin: int
    end: int
    chain: str
    instant: int
    instant_at: datetime
    tables: Mapping[str, Fingerprint]

    def write(self, folder: Path) -> None:
        members = asdict(self) | {"instant_at": self.instant_at.isoformat()}
        write(folder / NAME, json.dumps(members, indent=2) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Self:
        try:
            members = json.loads((folder / NAME).read_text())
            manifest = cls(**members)
            return replace(
                manifest,
                instant_at=datetime.fromisoformat(members["instant_at"]),
                tables={
                    name: Fingerprint(**each)
                    for name, each in members["tables"].items()
                },
            )
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise CommandError(f"{folder / NAME} cannot be read: {error}.") from error
