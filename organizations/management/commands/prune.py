"""`manage.py prune`: delete expired rows, count new ones. Run it daily."""

from django.core.management import BaseCommand
from django.utils.timezone import now

from fluxrate.models import StoredResponse, TokenBucket, count_intervals
from fluxrate.models.row_count import counted_models
from organizations.models import Session


class Command(BaseCommand):
    help = (
        "Delete responses stored for an Idempotency-Key after 24 hours, token buckets "
        "that are full again, and sessions that ended or expired a day ago. Count "
        "the rows of long lists, so that pages in the middle are reached quickly."
    )

    def handle(self, *args: object, **options: object) -> None:
        deleted, _ = StoredResponse.objects.expired().delete()
        self.stdout.write(f"Stored responses deleted: {deleted}.")
        deleted, _ = TokenBucket.objects.full().delete()
        self.stdout.write(f"Full token buckets deleted: {deleted}.")
        deleted, _ = Session.objects.stale(at=now()).delete()
        self.stdout.write(f"Ended sessions deleted: {deleted}.")
        counted = sum(map(count_intervals, counted_models()))
        self.stdout.write(f"Intervals of rows counted: {counted}.")
