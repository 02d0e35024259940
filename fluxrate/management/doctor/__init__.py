"""The checks of `manage.py doctor`; the checks of the database come last."""

from collections.abc import Iterator

from django.db import InterfaceError, OperationalError

from . import backup, configuration, database, growth, machine, safety
from .finding import Check, Finding, Status

__all__ = ["CHECKS", "Status", "examine"]

CHECKS: tuple[Check, ...] = (
    configuration.environment,
    configuration.https,
    configuration.trusted_proxies,
    configuration.rate_limit,
    configuration.public_url,
    configuration.email,
    configuration.processes,
    machine.data_directory,
    machine.disk,
    machine.memory,
    machine.open_files,
    machine.static_files,
    backup.backup,
    database.server,
    database.primary,
    database.encoding,
    database.migrations,
    database.connections,
    database.clock,
    safety.role,
    safety.durability,
    growth.autovacuum,
    growth.transaction_ids,
    growth.long_transactions,
    safety.indexes,
    safety.triggers,
    growth.replication_slots,
    growth.worker,
)


def examine() -> Iterator[tuple[str, Finding]]:
    """Name and finding of each check, as far as the database answers."""
    for check in CHECKS:
        try:
            yield check.__name__, check()
        except (OperationalError, InterfaceError) as error:
            reason = type(error.__cause__ or error).__name__
            message = f"The database does not answer ({reason})."
            yield check.__name__, Finding(Status.ERROR, message)
            return
