"""Checks of the database: its server, and what the migrations have created."""

from datetime import UTC, datetime

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from fluxrate.worker import LANES

from .finding import Finding, error_if, warning_if
from .query import value

# Requests that need no thread share these connections of a process.
_SHARED_CONNECTIONS = 8


def server() -> Finding:
    version = value("SHOW server_version")
    message = f"PostgreSQL {version} is too old: 15 or newer is needed."
    is_old = int(value("SHOW server_version_num")) < 150_000
    return error_if(is_old, message, f"PostgreSQL {version}.")


def primary() -> Finding:
    message = "The server is a standby: DATABASE_URL must name the primary."
    return error_if(
        value("SELECT pg_is_in_recovery()") == "True",
        message,
        "The server is the primary.",
    )


def encoding() -> Finding:
    name = value("SHOW server_encoding")
    return error_if(
        name != "UTF8", f"The database is {name}, not UTF8.", "The database is UTF8."
    )


def migrations() -> Finding:
    executor = MigrationExecutor(connection)
    count = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    message = f"{count} migrations are not applied. Run manage.py migrate."
    return error_if(count, message, "All migrations are applied.")


def connections() -> Finding:
    of_process = settings.MAX_THREADS + _SHARED_CONNECTIONS
    # One for each lane, and one for the end.
    of_worker = len(LANES) + 1
    most = settings.WEB_CONCURRENCY * of_process + settings.WORKERS * of_worker
    accepted = int(value("SHOW max_connections"))
    message = f"The site may open {most} of {accepted}. Raise max_connections."
    is_short = accepted < most and not settings.DATABASE_POOLED
    return warning_if(is_short, message, f"The site opens up to {most} of {accepted}.")


def clock() -> Finding:
    theirs = datetime.fromisoformat(value("SELECT clock_timestamp()"))
    seconds = abs((datetime.now(UTC) - theirs).total_seconds())
    message = f"The clocks of server and site differ by {seconds:.0f} s. Run NTP."
    return warning_if(seconds > 2, message, "The clocks of server and site agree.")
