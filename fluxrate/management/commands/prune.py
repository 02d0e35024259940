"""`manage.py prune`: remove what has served its time. Run it daily."""

from typing import Any

from django.core.management import BaseCommand

from fluxrate.models import KeptAnswer


class Command(BaseCommand):
    help = "Remove the kept answers of idempotency keys over 24 hours old."

    def handle(self, *args: Any, **options: Any) -> None:
        removed, _ = KeptAnswer.objects.expired().delete()
        self.stdout.write(f"Kept answers removed: {removed}.")
