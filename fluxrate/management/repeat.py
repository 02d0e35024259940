"""Commands that repeat as a service: `--every SECONDS`."""

import logging
import time
from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping
from typing import NoReturn

from django.db import InterfaceError, OperationalError, connections

from fluxrate.metrics.failures import report

# The wait after a round that the database interrupted.
RETRY_SECONDS = 2


def positive(text: str) -> int:
    """An argument's whole number from 1 to 1,000,000."""
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= 1_000_000):
        raise ArgumentTypeError("a whole number from 1 to 1000000 is needed")
    return int(text)


def repeat(
    run: Callable[[], Mapping[str, int]], *, every: int, logger: logging.Logger
) -> NoReturn:
    """Run rounds forever, each with a log line of its counts.

    A round may fail while the database is unreachable; it is repeated within seconds.
    """
    while True:
        began = time.monotonic()
        try:
            counts = run()
        except (OperationalError, InterfaceError) as error:
            report(error, logger, "The round failed and is tried again: %s")
            connections.close_all()
            time.sleep(min(every, RETRY_SECONDS))
            continue
        seconds = round(time.monotonic() - began, 3)
        logger.info("round", extra={"fields": {"seconds": seconds, **counts}})
        time.sleep(every)
