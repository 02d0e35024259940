"""`manage.py undo`: revert a batch."""

import uuid
from argparse import ArgumentParser

from django.core.management import BaseCommand, CommandError

from fluxrate.context import current
from fluxrate.history.revert import Outcome, revert
from fluxrate.models import Batch
from fluxrate.text import reason_text
from organizations.models import Organization

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Take back the changes of a batch: of a block of acting(), of one action of "
        "the admin, of one request to a batch endpoint. Later changes stay."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", type=uuid.UUID, help="the batch_id of its events")
        parser.add_argument("--reason", default="", help="stored in the history")
        parser.add_argument("--dry-run", action="store_true", help="change nothing")

    def handle(
        self,
        *args: object,
        batch: uuid.UUID,
        reason: str,
        dry_run: bool,
        **options: object,
    ) -> None:
        batches = list(Batch.objects.filter(object_id=batch).order_by("id"))
        if not batches:
            raise CommandError(f"There is no batch {batch}.")
        for row in batches:
            owner = Organization.objects.get(pk=row.organization_id)
            outcome = revert(
                row,
                owner,
                actor=current().actor,
                reason=reason_text(reason),
                dry_run=dry_run,
            )
            self._print(owner, outcome)
        if dry_run:
            self.stderr.write("Nothing was changed.")

    def _print(self, owner: Organization, outcome: Outcome) -> None:
        changes = sum(outcome.counts.values())
        self.stdout.write(f"{owner}: {changes} changes taken back.")
        for left in outcome.left[:SHOWN]:
            field = f" {left.field}" if left.field else ""
            name = f"{left.object_type} {left.object_id or ''}".rstrip()
            self.stdout.write(f"    {name}{field}: {left.message}")
        if len(outcome.left) > SHOWN:
            self.stdout.write(f"    … and {len(outcome.left) - SHOWN} more stay.")
