"""Errors of PostgreSQL without the row that its DETAIL shows."""

from types import TracebackType

import psycopg
from django.db.utils import DatabaseErrorWrapper


class TerseErrors(DatabaseErrorWrapper):
    """Django's wrapper; the message keeps its first sentence if the rest shows data.

    `diag` has the details for code that needs them.
    """

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(exc_value, psycopg.Error) and exc_value.diag.message_detail:
            exc_value.args = (exc_value.diag.message_primary, *exc_value.args[1:])
        super().__exit__(exc_type, exc_value, traceback)
