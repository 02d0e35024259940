"""Waits of a migration for locks, which hold up nobody for more than two seconds.

All statements that come later wait behind one that waits for an exclusive lock. So a
migration gives up two seconds after the beginning of its transaction, rolls back, lets
the others pass, and tries again.
"""

import re
import time
from collections.abc import Callable
from typing import cast

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import OperationalError
from psycopg.pq import TransactionStatus

from .failures import failure

MAX_SECONDS = 2
# From the first try on.
PATIENCE_SECONDS = 3_600.0
_MAX_PAUSE_SECONDS = 30.0
_RETRIED = {"lock_timeout", "deadlock"}
# It waits for locks that nobody waits behind.
_CONCURRENTLY = re.compile(r"\bCONCURRENTLY\b", re.IGNORECASE)
# now() is the time at which the transaction began; the unit is milliseconds.
_REST_OF_TRANSACTION = f"""
SELECT set_config('lock_timeout', ceil(greatest(50, 1000 * ({MAX_SECONDS}
    - extract(epoch FROM clock_timestamp() - now()))))::text, true)"""

Execute = Callable[[str, object, bool, dict[str, object]], object]


def retried(run: Callable[[], object], *, waiting: Callable[[float], None]) -> object:
    """Run until no lock is missing; `waiting` is called with each pause in seconds.

    After an hour the OperationalError of the last try is raised.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    pause = 1.0
    while True:
        try:
            return run()
        except OperationalError as error:
            if failure(error)["class"] not in _RETRIED or time.monotonic() > end:
                raise
        waiting(pause)
        time.sleep(pause)
        pause = min(pause * 2, _MAX_PAUSE_SECONDS)


class LimitedWaits:
    """A wrapper of Django's `execute`. A statement outside of a transaction is repeated
    by itself; an error within one is for the caller, who repeats the transaction.
    """

    def __init__(self, waiting: Callable[[float], None]) -> None:
        self.waiting = waiting

    def __call__(
        self,
        execute: Execute,
        sql: str,
        params: object,
        many: bool,
        context: dict[str, object],
    ) -> object:
        session = cast(BaseDatabaseWrapper, context["connection"]).connection
        status = session.info.transaction_status
        if status == TransactionStatus.INTRANS:
            session.execute(_REST_OF_TRANSACTION)
        if status != TransactionStatus.IDLE:
            return execute(sql, params, many, context)
        limit = 0 if _CONCURRENTLY.search(str(sql)) else MAX_SECONDS
        session.execute(f"SET lock_timeout = '{limit}s'")
        return retried(
            lambda: execute(sql, params, many, context), waiting=self.waiting
        )
