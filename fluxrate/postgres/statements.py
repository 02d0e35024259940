"""The number of statements that this process has sent, for metrics."""

from collections import Counter
from threading import Lock


class Statements:
    """Numbers by way: `django`, or `plan` for a prepared statement of a plan."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._numbers: Counter[str] = Counter()

    def count(self, way: str) -> None:
        with self._lock:
            self._numbers[way] += 1

    def numbers(self) -> dict[str, int]:
        with self._lock:
            return dict(self._numbers)


statements = Statements()
