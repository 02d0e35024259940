"""The counts and gauges of a process at one time, and their form in a file."""

import logging
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import orjson

logger = logging.getLogger("fluxrate.metrics")
# Upper bounds of durations in seconds. The last one is the usual STATEMENT_TIMEOUT.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)


@dataclass(slots=True)
class Snapshot:
    """`requests` maps route, method and status to the number of requests by bucket of
    duration, the number of slower ones, and the seconds of all.
    """

    requests: dict[tuple[str, str, int], list[float]] = field(default_factory=dict)
    counters: Counter[tuple[str, str]] = field(default_factory=Counter)
    gauges: dict[str, float] = field(default_factory=dict)

    def add(self, other: Self) -> None:
        """Add the other's numbers to these."""
        for key, row in other.requests.items():
            mine = self.requests.get(key) or [0.0] * len(row)
            self.requests[key] = [a + b for a, b in zip(mine, row, strict=True)]
        self.counters.update(other.counters)
        for name, value in other.gauges.items():
            self.gauges[name] = self.gauges.get(name, 0) + value

    def write(self, path: Path) -> None:
        """Replace the file in one step."""
        requests = [[*key, row] for key, row in self.requests.items()]
        counters = [[*key, count] for key, count in self.counters.items()]
        temporary = path.with_suffix(".new")
        try:
            temporary.write_bytes(orjson.dumps([requests, counters, self.gauges]))
            temporary.replace(path)
        except OSError as error:
            logger.warning("The counts cannot be shared: %s", error.strerror)

    @classmethod
    def load(cls, text: bytes) -> Self:
        requests, counters, gauges = orjson.loads(text)
        return cls(
            {(route, method, status): row for route, method, status, row in requests},
            Counter({(family, label): count for family, label, count in counters}),
            gauges,
        )
