from django.core.management import call_command
from django.db import connection, connections

from fluxrate.postgres.advisory import locked
from fluxrate.postgres.timeouts import lifted


def migrate() -> None:
    """Migrate, alone among all that start on the same database at once."""
    with lifted(connection), locked(connection, "fluxrate.migrate"):
        call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()
