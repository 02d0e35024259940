"""Arguments of the commands for backups."""

from argparse import ArgumentTypeError
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, CommandParser

from fluxrate.backup.directory import BackupDirectory
from fluxrate.times import parse_time


def add_source(parser: CommandParser) -> None:
    parser.add_argument("--from", dest="directory", help="the backup directory")
    parser.add_argument(
        "--programs", type=Path, help="the folder with PostgreSQL's programs"
    )


def backup_directory(name: str | None) -> BackupDirectory:
    """The directory of this name, or of the setting; CommandError without one."""
    path = name or settings.BACKUP_DIR
    if not path:
        raise CommandError("Name the backup directory, or set BACKUP_DIR.")
    return BackupDirectory(Path(path).expanduser().resolve())


def time(text: str) -> datetime:
    at = parse_time(text)
    if at is None:
        raise ArgumentTypeError("a time such as 2026-11-28T10:00:00Z is needed")
    return at
