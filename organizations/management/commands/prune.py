"""`manage.py prune`: delete expired rows, count new ones. Run it daily."""

import logging
from argparse import ArgumentParser

from django.core.management import BaseCommand
from django.utils.timezone import now

from fluxrate.management.repeat import positive, repeat
from fluxrate.models import StoredResponse, TokenBucket, count_intervals
from fluxrate.models.row_count import counted_models
from organizations.models import Session

logger = logging.getLogger("fluxrate.prune")


class Command(BaseCommand):
    help = (
        "Delete responses stored for an Idempotency-Key after 24 hours, token buckets "
        "that are full again, and sessions that ended or expired a day ago. Count "
        "the rows of long lists, so that pages in the middle are reached quickly."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=positive, help="repeat after these seconds")

    def handle(self, *args: object, every: int | None, **options: object) -> None:
        if every is None:
            self.prune()
        else:
            repeat(self.prune, every=every, logger=logger)

    def prune(self) -> dict[str, int]:
        responses, _ = StoredResponse.objects.expired().delete()
        self.stdout.write(f"Stored responses deleted: {responses}.")
        buckets, _ = TokenBucket.objects.full().delete()
        self.stdout.write(f"Full token buckets deleted: {buckets}.")
        sessions, _ = Session.objects.stale(at=now()).delete()
        self.stdout.write(f"Ended sessions deleted: {sessions}.")
        counted = sum(map(count_intervals, counted_models()))
        self.stdout.write(f"Intervals of rows counted: {counted}.")
        self.stdout.flush()
        return {
            "stored_responses": responses,
            "token_buckets": buckets,
            "sessions": sessions,
            "intervals": counted,
        }
