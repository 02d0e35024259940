"""`manage.py raise_event_base`, after a failover or a restore to a point in time."""

from django.core.management import BaseCommand
from django.db import connection

from fluxrate.postgres.event_base import raise_event_base


class Command(BaseCommand):
    help = (
        "Put all following events behind the events that a failover or a restore to a "
        "point in time has lost, so that consumers of the feed miss none. Run it "
        "before the site writes again."
    )

    def handle(self, *args: object, **options: object) -> None:
        base = raise_event_base(connection)
        self.stdout.write(f"The positions of events now begin at {base}.")
