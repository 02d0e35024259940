"""Gauges of the backup directory that the settings name."""

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from prometheus_client.core import GaugeMetricFamily

from .names import PREFIX

_AGE = "Age of the newest base backup; infinite without one."
_LAG = "How long ago the WAL in the backup directory was last known to be complete."


def backup_families() -> Iterator[GaugeMetricFamily]:
    """The age of the base backup, and of the WAL while it is received."""
    if not settings.BACKUP_DIR:
        return
    directory = Path(settings.BACKUP_DIR)
    age = min(map(_age_of_base, directory.glob("bases/*Z/manifest.json")), default=None)
    yield GaugeMetricFamily(
        f"{PREFIX}backup_age_seconds", _AGE, math.inf if age is None else age
    )
    try:
        stream = json.loads((directory / "stream.json").read_text())
    except OSError:
        return
    lag = _seconds_since(datetime.fromisoformat(stream["complete_at"]))
    yield GaugeMetricFamily(f"{PREFIX}backup_wal_lag_seconds", _LAG, lag)


def _age_of_base(manifest: Path) -> float:
    return _seconds_since(datetime.fromisoformat(manifest.parent.name))


def _seconds_since(at: datetime) -> float:
    return (datetime.now(UTC) - at).total_seconds()
