"""The process that a session waits for."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import Error

_POLL_SECONDS = 0.2
# Another role's state and times are null without pg_read_all_stats.
_BLOCKER = """
SELECT pid, coalesce(nullif(state, ''), backend_type), coalesce(round(extract(epoch
    FROM clock_timestamp() - coalesce(xact_start, query_start)))::int, -1)
FROM pg_stat_activity WHERE pid = ANY(pg_blocking_pids(%s))
ORDER BY xact_start LIMIT 1"""


class Blocker:
    """The process that a session has waited for last, as text."""

    text = "Another process"

    @contextmanager
    def watched(self, connection: BaseDatabaseWrapper) -> Iterator[None]:
        """Look for it during the block, on a connection of its own."""
        connection.ensure_connection()
        end = threading.Event()
        arguments = (connection, connection.connection.info.backend_pid, end)
        watch = threading.Thread(target=self._watch, args=arguments, daemon=True)
        watch.start()
        try:
            yield
        finally:
            end.set()
            watch.join()

    def _watch(
        self, waiting: BaseDatabaseWrapper, pid: int, end: threading.Event
    ) -> None:
        connection = waiting.copy()
        # Without a connection, or with a lost one, only the process's name is missing.
        with closing(connection), suppress(Error):
            while not end.wait(_POLL_SECONDS):
                with connection.cursor() as cursor:
                    cursor.execute(_BLOCKER, [pid])
                    row = cursor.fetchone()
                if row is not None:
                    self.text = _sentence(*row)


def _sentence(pid: int, state: str, seconds: int) -> str:
    age = f", whose transaction began {seconds} s ago," if seconds >= 0 else ""
    return f"Process {pid} of PostgreSQL ({state}){age}"
