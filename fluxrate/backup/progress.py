"""How far the WAL in a backup directory is known to be complete."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

_NAME = "stream.json"


@dataclass(frozen=True)
class Progress:
    """All that the server had committed by `complete_at` is in the chain of WAL."""

    chain: str
    complete_at: datetime
    position: int

    @classmethod
    def read(cls, directory: Path) -> Self | None:
        """What the process that receives WAL has written last."""
        try:
            members = json.loads((directory / _NAME).read_text())
        except FileNotFoundError:
            return None
        at = datetime.fromisoformat(members["complete_at"])
        return cls(members["chain"], at, members["position"])

    def write(self, directory: Path) -> None:
        members = asdict(self) | {"complete_at": self.complete_at.isoformat()}
        write(directory / _NAME, json.dumps(members))

    @staticmethod
    def forget(directory: Path) -> None:
        (directory / _NAME).unlink(missing_ok=True)


def write(path: Path, text: str) -> None:
    """Replace a file that only this user may read, in one step, on the disk."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
