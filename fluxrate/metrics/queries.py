"""Metrics of the database: each is a statement. Apps append their own."""

from typing import NamedTuple


class Query(NamedTuple):
    """A statement whose rows are the value of each label's gauge, or the only value."""

    name: str
    meaning: str
    sql: str
    label: str = ""


QUERIES = [
    Query(
        "oldest_transaction_seconds",
        "Age of the oldest transaction in this database.",
        "SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0) "
        "FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    ),
    Query(
        "database_connections",
        "Connections to this database, of all its clients.",
        "SELECT coalesce(state, 'unknown'), count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() GROUP BY 1",
        "state",
    ),
    Query(
        "database_connections_limit",
        "max_connections of the server.",
        "SELECT current_setting('max_connections')::int",
    ),
    Query(
        "event_feed_lag_seconds",
        "Age of the oldest event that the feed withholds, among the last 10,000.",
        "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) "
        "FROM (SELECT created_at, transaction FROM fluxrate_event "
        "ORDER BY id DESC LIMIT 10000) AS last WHERE transaction >= event_horizon()",
    ),
    Query(
        "workers",
        "Workers with a heartbeat within a minute.",
        "SELECT count(DISTINCT worker) FROM fluxrate_heartbeat "
        "WHERE beat_at > clock_timestamp() - interval '1 minute'",
    ),
    Query(
        "worker_heartbeat_seconds",
        "Age of the last heartbeat of a lane, of any worker.",
        "SELECT lane, extract(epoch FROM clock_timestamp() - max(beat_at)) "
        "FROM fluxrate_heartbeat GROUP BY lane",
        "lane",
    ),
    Query(
        "table_bytes",
        "Size of a table with its indexes; the 20 largest tables.",
        "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace "
        "ORDER BY relpages DESC, relname LIMIT 20",
        "table",
    ),
]
