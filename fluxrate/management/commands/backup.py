"""`manage.py backup`: a base backup, or WAL as it is written."""

import logging
import time
from typing import NoReturn

from django.core.management import BaseCommand, CommandError, CommandParser

from fluxrate.backup.arguments import backup_directory
from fluxrate.backup.base import take
from fluxrate.backup.directory import BackupDirectory, Base
from fluxrate.backup.errors import as_command_errors
from fluxrate.backup.receiver import receiving
from fluxrate.backup.retention import prune
from fluxrate.backup.source import Source
from fluxrate.management.repeat import positive

_POLL_SECONDS = 1
_RETRY_SECONDS = 60

logger = logging.getLogger("fluxrate.backup")


class Command(BaseCommand):
    help = (
        "Back up the whole server into a directory. With --stream, receive its WAL "
        "until the command is stopped, so that a restore lacks seconds at most."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", help="the backup directory; default: BACKUP_DIR")
        parser.add_argument("--stream", action="store_true", help="receive WAL")
        parser.add_argument(
            "--keep", type=positive, help="remove all but this many base backups"
        )

    def handle(
        self, *, to: str | None, stream: bool, keep: int | None, **options: object
    ) -> None:
        source, directory = Source.of_settings(), backup_directory(to)
        with as_command_errors():
            directory.create()
            if stream:
                receive(source, directory)
            base = once(source, directory)
            removed = prune(directory, keep) if keep else 0
        tables = base.manifest.tables.values()
        rows = sum(table.rows for table in tables)
        size = sum(path.stat().st_size for path in base.folder.iterdir())
        self.stdout.write(
            f"{base.folder}: {len(tables)} tables, {rows:,} rows, {size / 1e6:,.1f} MB."
        )
        if removed:
            self.stdout.write(f"Older base backups removed: {removed}.")


def once(source: Source, directory: BackupDirectory) -> Base:
    """Take a base backup, and receive WAL meanwhile if no other process does."""
    if directory.is_receiving():
        return take(source, directory)
    with receiving(source, directory, goes_on=False):
        return take(source, directory)


def receive(source: Source, directory: BackupDirectory) -> NoReturn:
    """Receive WAL, and take a base backup whenever a chain of WAL has none."""
    with receiving(source, directory, goes_on=True):
        logger.info("receiving", extra={"fields": {"slot": directory.slot()}})
        while True:
            time.sleep(_POLL_SECONDS if has_base(source, directory) else _RETRY_SECONDS)


def has_base(source: Source, directory: BackupDirectory) -> bool:
    if directory.has_base():
        return True
    try:
        with as_command_errors():
            base = take(source, directory)
    except CommandError as error:
        logger.error("The base backup has failed: %s", error)
        return False
    logger.info("base", extra={"fields": {"folder": base.folder.name}})
    return True
