"""`manage.py advance`: take every step that is due to subscriptions."""

import logging
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from django.core.management import BaseCommand

from customers.models.subscription_advance import BATCH, Outcomes, advance, dry_run
from fluxrate import times
from fluxrate.management.repeat import positive, repeat
from fluxrate.times import EARLIEST, LATEST

logger = logging.getLogger("fluxrate.advance")
NOUNS = {
    "activated": ("trial ended", "trials ended"),
    "renewed": ("period ended", "periods ended"),
    "resumed": ("resumed", "resumed"),
    "canceled": ("canceled", "canceled"),
}


def parse_time(text: str) -> datetime:
    """An RFC 3339 time; without an offset it is UTC."""
    at = times.parse_time(text)
    if at is None:
        raise ArgumentTypeError("a time such as 2026-01-15T00:00:00Z is needed")
    if not EARLIEST <= at < LATEST:
        raise ArgumentTypeError(f"a time from {EARLIEST:%Y} to {LATEST:%Y} is needed")
    return at


def summary(outcomes: Outcomes) -> str:
    """`1,200 periods ended, 1 trial ended`"""
    parts = [
        f"{outcomes[key]:,} {singular if outcomes[key] == 1 else plural}"
        for key, (singular, plural) in NOUNS.items()
        if outcomes[key]
    ]
    return ", ".join(parts) or "nothing was due"


class Command(BaseCommand):
    help = "End trials and periods, and apply scheduled changes, up to now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", type=parse_time, help="up to this time, not now")
        parser.add_argument("--every", type=positive, help="repeat after these seconds")
        parser.add_argument("--once", action="store_true", help="the default")
        parser.add_argument(
            "--dry-run", action="store_true", help="print the outcomes, change nothing"
        )
        parser.add_argument(
            "--batch", type=positive, default=BATCH, help="rows in one transaction"
        )

    def handle(self, *args: object, **options: Any) -> None:
        self.batch: int = options["batch"]
        run = self.preview if options["dry_run"] else self.advance
        if options["every"] is None or options["once"]:
            run(options["at"] or datetime.now(UTC))
        else:
            at: datetime | None = options["at"]
            repeat(
                lambda: run(at or datetime.now(UTC)),
                every=options["every"],
                logger=logger,
            )

    def preview(self, at: datetime) -> Outcomes:
        outcomes = dry_run(at=at, batch=self.batch)
        line = f"Would happen up to {at:%Y-%m-%d %H:%M:%S}: {summary(outcomes)}."
        self.stdout.write(line)
        return outcomes

    def advance(self, at: datetime) -> Outcomes:
        total: Outcomes = Counter()
        began = time.monotonic()
        for outcomes in advance(at=at, batch=self.batch):
            total += outcomes
            self.progress(total, time.monotonic() - began)
        if self.stdout.isatty():
            self.stdout.write("\r\x1b[K", ending="")
        self.stdout.write(f"Up to {at:%Y-%m-%d %H:%M:%S}: {summary(total)}.")
        self.stdout.flush()
        return total

    def progress(self, total: Outcomes, seconds: float) -> None:
        """On a terminal, overwrite one line; elsewhere, write a line for each batch."""
        rate = total.total() / max(seconds, 0.001)
        line = f"{summary(total)} ({rate:,.0f}/s)"
        if self.stdout.isatty():
            self.stdout.write(f"\r\x1b[K{line}", ending="")
            self.stdout.flush()
        else:
            self.stdout.write(line)
