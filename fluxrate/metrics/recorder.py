"""The counts of this process, cheap enough for every request."""

from bisect import bisect_left
from collections import Counter
from threading import Lock

from fluxrate.postgres.backend.base import statements

from .snapshot import BUCKETS, Snapshot


class Recorder:
    """Counts since the start of the process; all methods are thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts = Snapshot()

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        key = (route, method, status)
        bucket = bisect_left(BUCKETS, seconds)
        with self._lock:
            row = self._counts.requests.get(key)
            if row is None:
                row = self._counts.requests[key] = [0.0] * (len(BUCKETS) + 2)
            row[bucket] += 1
            row[-1] += seconds

    def count(self, family: str, label: str) -> None:
        """Add one to a counter that `families.COUNTERS` describes."""
        with self._lock:
            self._counts.counters[family, label] += 1

    def add(self, counts: Snapshot) -> None:
        """Continue the counts of another process."""
        with self._lock:
            self._counts.add(counts)

    def snapshot(self, gauges: dict[str, float]) -> Snapshot:
        """A copy of the counts, with the present values of gauges."""
        with self._lock:
            requests = {key: list(row) for key, row in self._counts.requests.items()}
            counters = Counter(self._counts.counters)
        # They are counted where metrics are unknown.
        for way, number in statements.numbers().items():
            counters["statements", way] += number
        return Snapshot(requests, counters, gauges)


recorder = Recorder()
