"""`manage.py advance`: trials and periods end, what is scheduled happens."""

import time
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from django.core.management import BaseCommand
from django.utils.dateparse import parse_datetime

from customers.advance import BATCH, advance, rehearse
from customers.calendar import EARLIEST, LATEST

WORDS = {
    "activated": "trials ended",
    "renewed": "periods ended",
    "resumed": "resumed",
    "canceled": "canceled",
}


def moment(text: str) -> datetime:
    """An ISO 8601 time; without an offset it is UTC."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise ArgumentTypeError("a time such as 2026-01-15T00:00:00Z is needed")
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
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
        while True:
            at = options["at"] or datetime.now(UTC)
            if options["dry_run"]:
                would = told(rehearse(at=at, batch=self.batch))
                self.stdout.write(
                    f"Would happen up to {at:%Y-%m-%d %H:%M:%S}: {would}."
                )
            else:
                self.advance(at)
            if every is None:
                return
            time.sleep(every)

    def advance(self, at: datetime) -> None:
        total: Counter[str] = Counter()
        began = time.monotonic()
        for happened in advance(at=at, batch=self.batch):
            total += happened
            self.progress(total, time.monotonic() - began)
        if self.stdout.isatty():
            self.stdout.write("\r\x1b[K", ending="")
        self.stdout.write(f"Up to {at:%Y-%m-%d %H:%M:%S}: {told(total)}.")

    def progress(self, total: Counter[str], seconds: float) -> None:
        """One line, written anew, on a terminal; a line for each batch elsewhere."""
        rate = total.total() / max(seconds, 0.001)
        line = f"{told(total)} ({rate:,.0f}/s)"
        if self.stdout.isatty():
            self.stdout.write(f"\r\x1b[K{line}", ending="")
            self.stdout.flush()
        else:
            self.stdout.write(line)
