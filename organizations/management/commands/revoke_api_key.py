"""`manage.py revoke_api_key`: refuse a key from the next request on."""

from argparse import ArgumentParser
from datetime import UTC, datetime

from django.core.management import BaseCommand, CommandError

from fluxrate.models.acting import acting
from organizations.models import ApiKey
from organizations.models.api_key import PREFIX_LENGTH


class Command(BaseCommand):
    help = "Revoke an API key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "key", help="The key itself, or its first characters as lists show them."
        )
        parser.add_argument("--reason", default="", help="Stored in the history.")

    def handle(self, *args: object, key: str, reason: str, **options: object) -> None:
        rows = ApiKey.objects.select_related("organization")
        keys = list(rows.filter(prefix=key[:PREFIX_LENGTH])[:2])
        if not keys:
            raise CommandError("No API key begins so.")
        if len(keys) > 1:
            raise CommandError("Several API keys begin so: revoke them in the admin.")
        revoked = keys[0]
        at = datetime.now(UTC)
        if revoked.revoked_at is not None:
            raise CommandError(f"{revoked} was revoked {revoked.revoked_at:%Y-%m-%d}.")
        with acting(reason=reason):
            revoked.revoke(at=at)
        self.stdout.write(f"{revoked} of {revoked.organization} is revoked.")
