"""Migrate the database at a start."""

import subprocess
import sys

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

RUN = "import sys; from fluxrate.server.manage import run; sys.exit(run())"


def migrate() -> None:
    """Migrate; CommandError if migrations are pending and MIGRATE_ON_START is false."""
    if not settings.MIGRATE_ON_START:
        _refuse_pending()
    elif settings.MIGRATION_DATABASE_URL:
        _migrate_without_pooler()
    else:
        call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()


def _migrate_without_pooler() -> None:
    """Migrate in another process, since a process has one database."""
    command = [sys.executable, "-c", RUN, "migrate", "--no-input", "--verbosity=0"]
    if subprocess.run(command, check=False).returncode:  # noqa: S603
        raise CommandError("The migrations failed; see above.")


def _refuse_pending() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError(
            "The database lacks migrations, and MIGRATE_ON_START is false: "
            "run manage.py migrate first."
        )
