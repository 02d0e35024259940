"""Calls that happen at the same time, in threads of their own."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection


def at_once(
    call: Callable[[Any], Any], arguments: Sequence[Any], *, threads: int | None = None
) -> list[Any]:
    """What `call` returns for each argument; the threads begin together.

    Without `threads` each argument has its own; else each takes its share in turn.
    """
    count = threads or len(arguments)
    barrier = threading.Barrier(count)
    results: list[Any] = [None] * len(arguments)

    def run(first: int) -> None:
        barrier.wait()
        try:
            for position in range(first, len(arguments), count):
                results[position] = call(arguments[position])
        finally:
            connection.close()

    workers = [threading.Thread(target=run, args=(first,)) for first in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return results
