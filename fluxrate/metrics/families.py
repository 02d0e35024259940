"""The counts of a site as families of Prometheus."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from .names import COUNTERS, GAUGES, PREFIX
from .snapshot import BUCKETS, Snapshot

BOUNDS = [*map(str, map(float, BUCKETS)), "+Inf"]


def families(total: Snapshot) -> Iterator[Metric]:
    yield from _requests(total)
    for name, (label, meaning, values) in COUNTERS.items():
        counter = CounterMetricFamily(PREFIX + name, meaning, labels=[label])
        others = {value for family, value in total.counters if family == name}
        for value in sorted(others.union(values)):
            counter.add_metric([value], total.counters[name, value])
        yield counter
    for name, meaning in GAUGES.items():
        if name in total.gauges:
            yield GaugeMetricFamily(PREFIX + name, meaning, total.gauges[name])


def _requests(total: Snapshot) -> Iterator[Metric]:
    """Requests by status, and their durations for all statuses together."""
    labels = ["route", "method", "status"]
    requests = CounterMetricFamily(f"{PREFIX}requests", "Requests.", labels=labels)
    rows: defaultdict[tuple[str, str], list[float]] = defaultdict(
        lambda: [0.0] * (len(BOUNDS) + 1)
    )
    for (route, method, status), row in total.requests.items():
        requests.add_metric([route, method, str(status)], sum(row[:-1]))
        rows[route, method] = [
            a + b for a, b in zip(rows[route, method], row, strict=True)
        ]
    durations = HistogramMetricFamily(
        f"{PREFIX}request_duration_seconds", "Durations.", labels=labels[:2]
    )
    for key, row in rows.items():
        buckets = list(zip(BOUNDS, accumulate(row[:-1]), strict=True))
        durations.add_metric(key, buckets, row[-1])
    yield from (requests, durations)
