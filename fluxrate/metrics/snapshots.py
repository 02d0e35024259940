"""The counts of all processes of a site: each writes a file, and all read them."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from .recorder import recorder
from .snapshot import Snapshot

PUBLISH_SECONDS = 1.0
# The gauges of a process whose file is older do not count: the process has ended.
STALE_SECONDS = 5.0


class Snapshots:
    """Before `share`, the counts of this process alone."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self._gauges: dict[str, float] = {}
        self._lock = Lock()

    def share(self, path: Path) -> None:
        """Share the counts in this file; continue the counts of its last process."""
        if path.exists():
            recorder.add(Snapshot.load(path.read_bytes()))
        self.path = path

    def publish(self, gauges: dict[str, float]) -> None:
        """Replace this process's file."""
        with self._lock:
            self._gauges = {"processes": 1, **gauges}
            self._write()

    def total(self) -> Snapshot:
        """The sum of all processes, which never falls: this one writes first."""
        with self._lock:
            self._write()
        total = Snapshot()
        for snapshot in self._read():
            total.add(snapshot)
        return total

    def _write(self) -> None:
        if self.path is not None:
            recorder.snapshot(self._gauges).write(self.path)

    def _read(self) -> Iterator[Snapshot]:
        if self.path is None:
            yield recorder.snapshot(self._gauges)
            return
        oldest = time.time() - STALE_SECONDS
        for path in self.path.parent.glob("*.json"):
            snapshot = Snapshot.load(path.read_bytes())
            if path.stat().st_mtime < oldest:
                snapshot.gauges.clear()
            yield snapshot


snapshots = Snapshots()
