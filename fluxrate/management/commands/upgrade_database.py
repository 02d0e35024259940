"""`manage.py upgrade_database`: the embedded server's data to this major release."""

from pathlib import Path

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser

from fluxrate.backup.errors import as_command_errors
from fluxrate.backup.upgrade import upgrade
from fluxrate.server.postgres.binaries import major_version


class Command(BaseCommand):
    help = (
        "Copy the data of the embedded PostgreSQL to the major release that is "
        "installed, and compare all tables. The old data stays beside it."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--programs", type=Path, help="the folder with the old release's programs"
        )

    def handle(self, *, programs: Path | None, **options: object) -> None:
        if not settings.EMBEDDED:
            raise CommandError("DATABASE_URL names another server: upgrade that.")
        with as_command_errors():
            old, tables = upgrade(settings.DATA_DIR, programs)
        rows = sum(table.rows for table in tables.values())
        self.stdout.write(
            f"From PostgreSQL {old} to {major_version()}: {len(tables)} tables with "
            f"{rows:,} rows are the same. The old data is in "
            f"{settings.DATA_DIR / f'postgres-{old}'}."
        )
