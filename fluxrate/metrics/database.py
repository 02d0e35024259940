"""Gauges that are read from the database when somebody reads the metrics."""

import logging
from collections.abc import Iterator

from django.db import DatabaseError, connection, transaction
from prometheus_client.core import GaugeMetricFamily

from .failures import report
from .names import PREFIX
from .queries import QUERIES, Query

logger = logging.getLogger("fluxrate.metrics")

# A migration may hold a lock on a table whose size is asked for.
_UP = "Whether the database responds."
_LIMITS = "SET LOCAL statement_timeout = '2s'; SET LOCAL lock_timeout = '200ms'"


def database_families() -> Iterator[GaugeMetricFamily]:
    """`database_up`, and each gauge that can be read in time."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        is_up = True
    except DatabaseError as error:
        report(error, logger, "Database: %s")
        is_up = False
    yield GaugeMetricFamily(f"{PREFIX}database_up", _UP, is_up)
    for query in QUERIES if is_up else ():
        try:
            yield _measure(query)
        except DatabaseError as error:
            report(error, logger, f"{query.name} cannot be read: %s")


def _measure(query: Query) -> GaugeMetricFamily:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LIMITS)
        cursor.execute(query.sql)
        rows = cursor.fetchall()
    labels = [query.label] if query.label else []
    family = GaugeMetricFamily(PREFIX + query.name, query.meaning, labels=labels)
    for *label, value in rows:
        family.add_metric(label, float(value))
    return family
