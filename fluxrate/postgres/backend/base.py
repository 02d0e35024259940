"""What Django loads as ENGINE."""

from django.db.backends.postgresql import base
from django.db.backends.utils import debug_transaction

from fluxrate.context import Context, current
from fluxrate.postgres.acting import begin_sql


class DatabaseWrapper(base.DatabaseWrapper):
    """A transaction begins with the context, in the same round trip.

    psycopg stays in autocommit mode and never sends a BEGIN of its own. Everything
    that is set ends with the transaction, so nothing leaks through a pooler.
    """

    # The context that the present transaction began with.
    told = Context()

    def _start_transaction_under_autocommit(self) -> None:
        """Called by Django's `atomic` where a backend has it."""
        self.told = current()
        sql = begin_sql(self.told)
        with debug_transaction(self, sql), self.wrap_database_errors:
            self.connection.execute(sql)

    def _set_autocommit(self, autocommit: bool) -> None:
        if self.connection.autocommit is not autocommit:
            super()._set_autocommit(autocommit)  # type: ignore[misc]
