"""`manage.py prune`: delete expired rows, count new ones. The worker does so hourly."""

import logging
from argparse import ArgumentParser

from django.core.management import BaseCommand

from fluxrate.management.repeat import positive, repeat
from organizations.pruning import prune

logger = logging.getLogger("fluxrate.prune")


class Command(BaseCommand):
    help = (
        "Delete responses stored for an Idempotency-Key after 24 hours, token buckets "
        "that are full again, sessions that ended or expired a day ago, links that "
        "have expired, and emails that were sent a week ago. Count the rows of long "
        "lists, so that pages in the middle are reached quickly."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=positive, help="repeat after these seconds")

    def handle(self, *args: object, every: int | None, **options: object) -> None:
        if every is None:
            self.prune()
        else:
            repeat(self.prune, every=every, logger=logger)

    def prune(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for step in prune():
            counts |= step
            for name, count in step.items():
                words = name.replace("_", " ").capitalize()
                verb = "counted" if name == "intervals" else "deleted"
                self.stdout.write(f"{words} {verb}: {count}.")
        self.stdout.flush()
        return counts
