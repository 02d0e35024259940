"""`manage.py history`: who changed an object, when, why, and what."""

import uuid
from argparse import ArgumentParser

from django.core.management import BaseCommand
from django.db.models import Q

from fluxrate.history.timeline import Entry
from fluxrate.models import Event
from organizations.admin.actor import actors

LIMIT = 50


class Command(BaseCommand):
    help = "Print the events of an object or of a batch, newest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "subject", metavar="id", type=uuid.UUID, help="of an object or of a batch"
        )
        parser.add_argument("--limit", type=int, default=LIMIT, help="default: 50")

    def handle(
        self,
        *args: object,
        subject: uuid.UUID,
        limit: int,
        **options: object,
    ) -> None:
        of = Q(object_id=subject) | Q(batch_id=subject)
        rows = Event.objects.filter(of).order_by("-id")
        events = list(rows[: max(limit, 1)])
        known = actors({event.actor for event in events})
        for event in events:
            self._print(Entry(event, known[event.actor].name))
        if not events:
            self.stderr.write(f"No event has {subject}.")

    def _print(self, entry: Entry) -> None:
        event = entry.event
        reason = f": {event.reason}" if event.reason else ""
        time = f"{event.created_at:%Y-%m-%d %H:%M:%S} UTC"
        title = f"{entry.title} {entry.subject}".rstrip()
        self.stdout.write(f"{time}  {title}, by {entry.who}{reason}")
        for name, old, new in entry.changes:
            self.stdout.write(
                f"    {name}: {new}" if entry.is_new else f"    {name}: {old} → {new}"
            )
