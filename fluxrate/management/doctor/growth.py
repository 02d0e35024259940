"""Checks of what lets a database grow, and of what works in it."""

from .finding import Finding, error_if, warning_if
from .query import value

_OLD_TRANSACTION = "5 minutes"
_HALF_OF_WRAPAROUND = 1_000_000_000
_OLDEST = f"""
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND xact_start < now() - interval '{_OLD_TRANSACTION}'
    ORDER BY xact_start LIMIT 1"""
_IDLE = """
    SELECT NOT EXISTS (SELECT FROM fluxrate_heartbeat
        WHERE beat_at > clock_timestamp() - interval '1 minute')"""
_SLOTS = "SELECT string_agg(slot_name, ', ') FROM pg_replication_slots WHERE NOT active"
_AGE = "SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()"


def autovacuum() -> Finding:
    message = "autovacuum is off: tables grow and searches slow down."
    return error_if(value("SHOW autovacuum") == "off", message, "autovacuum is on.")


def transaction_ids() -> Finding:
    age = int(value(_AGE))
    message = f"The oldest transaction id is {age:,} old. Run VACUUM FREEZE."
    return error_if(
        age > _HALF_OF_WRAPAROUND, message, f"The oldest is {age:,} transactions old."
    )


def long_transactions() -> Finding:
    pid = value(_OLDEST)
    message = f"A transaction of process {pid} is older than {_OLD_TRANSACTION}."
    return warning_if(pid, message, f"None is older than {_OLD_TRANSACTION}.")


def worker() -> Finding:
    message = "No worker runs. Start manage.py work, or up with WORKERS=1."
    return warning_if(value(_IDLE) == "True", message, "A worker runs.")


def replication_slots() -> Finding:
    names = value(_SLOTS)
    message = f"Nobody reads the slots {names}: WAL fills the disk. Drop them."
    return warning_if(names, message, "None is without a reader.")
