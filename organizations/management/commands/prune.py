"""`manage.py prune`: remove what has served its time. Run it daily."""

from typing import Any

from django.core.management import BaseCommand
from django.utils import timezone

from fluxrate.models import StoredResponse, TokenBucket
from organizations.models import Session


class Command(BaseCommand):
    help = "Remove kept answers over 24 hours old, full token buckets, old logins."

    def handle(self, *args: Any, **options: Any) -> None:
        removed, _ = StoredResponse.objects.expired().delete()
        self.stdout.write(f"Kept answers removed: {removed}.")
        removed, _ = TokenBucket.objects.full().delete()
        self.stdout.write(f"Full token buckets removed: {removed}.")
        removed, _ = Session.objects.stale(at=timezone.now()).delete()
        self.stdout.write(f"Ended logins removed: {removed}.")
