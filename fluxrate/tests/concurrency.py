"""Calls that happen at the same time, in threads of their own."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection


def at_once(call: Callable[[Any], Any], arguments: Sequence[Any]) -> list[Any]:
    """What `call` returns for each argument; all of them begin together."""
    barrier = threading.Barrier(len(arguments))
    answers: list[Any] = [None] * len(arguments)

    def run(position: int) -> None:
        barrier.wait()
        try:
            answers[position] = call(arguments[position])
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(arguments))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
