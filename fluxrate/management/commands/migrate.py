"""Django's `migrate`, one at a time on a database, without the limits of requests."""

from django.conf import settings
from django.core.management import CommandError
from django.core.management.commands import migrate
from django.db import connections

from fluxrate.postgres.advisory_lock import advisory_lock
from fluxrate.postgres.timeouts import lifted


class Command(migrate.Command):
    def handle(self, *args: object, database: str, **options: object) -> None:
        if settings.DATABASE_POOLED and not settings.MIGRATION_DATABASE_URL:
            raise CommandError(
                "Migrations need a session of their own, which a transaction pooler "
                "does not give: set MIGRATION_DATABASE_URL to the server itself."
            )
        connection = connections[database]
        with (
            lifted(connection),
            advisory_lock(connection, "fluxrate.migrate", waiting=self.report_waiting),
        ):
            super().handle(*args, database=database, **options)

    def report_waiting(self) -> None:
        self.stderr.write("Another process migrates this database; waiting for it.")
