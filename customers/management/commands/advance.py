"""`manage.py advance`: trials and periods end, what is scheduled happens."""

import logging
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from datetime import UTC, datetime
from typing import Any, NoReturn

from django.core.management import BaseCommand
from django.db import InterfaceError, OperationalError, connections

from customers.advance import BATCH, advance, rehearse
from customers.billing_periods import EARLIEST, LATEST
from fluxrate.api import times

logger = logging.getLogger("fluxrate.advance")

# A round that the database interrupted is tried again after so many seconds.
RETRY_SECONDS = 2
WORDS = {
    "activated": "trials ended",
    "renewed": "periods ended",
    "resumed": "resumed",
    "canceled": "canceled",
}


def moment(text: str) -> datetime:
    """A time of RFC 3339; without an offset it is UTC."""
    found = times.moment(text)
    if found is None:
        raise ArgumentTypeError("a time such as 2026-01-15T00:00:00Z is needed")
    if not EARLIEST <= found < LATEST:
        raise ArgumentTypeError(f"a time from {EARLIEST:%Y} to {LATEST:%Y} is needed")
    return found


def positive(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= 1_000_000):
        raise ArgumentTypeError("a whole number from 1 to 1000000 is needed")
    return int(text)


def told(happened: Counter[str]) -> str:
    """`1,200 periods ended, 3 canceled`"""
    parts = [
        f"{happened[key]:,} {word}" for key, word in WORDS.items() if key in happened
    ]
    return ", ".join(parts) or "nothing was due"


class Command(BaseCommand):
    help = "End trials and periods, and do what is scheduled, up to now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", type=moment, help="up to this time, not now")
        parser.add_argument(
            "--every", type=positive, help="again after so many seconds"
        )
        parser.add_argument("--once", action="store_true", help="the default")
        parser.add_argument("--dry-run", action="store_true", help="only say what")
        parser.add_argument("--batch", type=positive, default=BATCH)

    def handle(self, *args: Any, **options: Any) -> None:
        self.batch = options["batch"]
        every = None if options["once"] else options["every"]
        if every is not None:
            self.repeat(every, options)
        self.round(options)

    def repeat(self, every: int, options: dict[str, Any]) -> NoReturn:
        """Round after round; a database that is away is waited for."""
        while True:
            began = time.monotonic()
            try:
                counts = self.round(options)
            except (OperationalError, InterfaceError) as error:
                cause = type(error.__cause__ or error).__name__
                logger.warning("The round failed and is tried again: %s", cause)
                connections.close_all()
                time.sleep(min(every, RETRY_SECONDS))
                continue
            seconds = round(time.monotonic() - began, 3)
            fields = {"seconds": seconds, **counts}
            logger.info("round", extra={"fields": fields})
            time.sleep(every)

    def round(self, options: dict[str, Any]) -> Counter[str]:
        """Advance all that is due once, and count what happened."""
        at = options["at"] or datetime.now(UTC)
        if not options["dry_run"]:
            return self.advance(at)
        counts = rehearse(at=at, batch=self.batch)
        line = f"Would happen up to {at:%Y-%m-%d %H:%M:%S}: {told(counts)}."
        self.stdout.write(line)
        return counts

    def advance(self, at: datetime) -> Counter[str]:
        total: Counter[str] = Counter()
        began = time.monotonic()
        for happened in advance(at=at, batch=self.batch):
            total += happened
            self.progress(total, time.monotonic() - began)
        if self.stdout.isatty():
            self.stdout.write("\r\x1b[K", ending="")
        self.stdout.write(f"Up to {at:%Y-%m-%d %H:%M:%S}: {told(total)}.")
        self.stdout.flush()
        return total

    def progress(self, total: Counter[str], seconds: float) -> None:
        """One line, written anew, on a terminal; a line for each batch elsewhere."""
        rate = total.total() / max(seconds, 0.001)
        line = f"{told(total)} ({rate:,.0f}/s)"
        if self.stdout.isatty():
            self.stdout.write(f"\r\x1b[K{line}", ending="")
            self.stdout.flush()
        else:
            self.stdout.write(line)
