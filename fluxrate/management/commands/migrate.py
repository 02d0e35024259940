"""Django's `migrate`, one at a time on a database, without the limits of requests."""

from django.conf import settings
from django.core.management import CommandError
from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from fluxrate.postgres.advisory_lock import advisory_lock
from fluxrate.postgres.blockers import Blocker
from fluxrate.postgres.lock_waits import LimitedWaits, retried
from fluxrate.postgres.timeouts import lifted


class Command(migrate.Command):
    def handle(self, *args: object, database: str, **options: object) -> None:
        connection = connections[database]
        _refuse_pooler(connection)
        self.blocker = Blocker()
        with (
            lifted(connection),
            advisory_lock(connection, "fluxrate.migrate", waiting=self.report_other),
            self.blocker.watched(connection),
            connection.execute_wrapper(LimitedWaits(self.report_lock)),
        ):
            migrate_all = super().handle
            # Migrations that have been applied are recorded, and not repeated.
            retried(
                lambda: migrate_all(*args, database=database, **options),
                waiting=self.report_lock,
            )

    def report_other(self, pid: int) -> None:
        self.stderr.write(
            f"Another start migrates this database (process {pid} of PostgreSQL); "
            "waiting for it."
        )

    def report_lock(self, pause: float) -> None:
        self.stderr.write(
            f"A migration waits: {self.blocker.text} holds a lock. "
            f"Others pass first; next try in {pause:.0f} s."
        )


def _refuse_pooler(connection: BaseDatabaseWrapper) -> None:
    """A pooler answers with a process id of its own, and gives each transaction another
    session, in which an advisory lock or a limit would stay.
    """
    is_announced = settings.DATABASE_POOLED and not settings.MIGRATION_DATABASE_URL
    if is_announced or connection.settings_dict["POOLED"] or _is_pooled(connection):
        raise CommandError(
            "Migrations need a session of their own, which a transaction pooler "
            "does not give: set MIGRATION_DATABASE_URL to the server itself."
        )


def _is_pooled(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return bool(pid != connection.connection.info.backend_pid)
