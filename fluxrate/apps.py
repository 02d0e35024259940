from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from fluxrate.postgres.event_base import follow_events


class FluxrateConfig(AppConfig):
    name = "fluxrate"
    # The admin shows one of its models: events.
    verbose_name = "History"
    admin_position = 3

    def ready(self) -> None:
        post_migrate.connect(self.follow_restored_dump, sender=self)

    def follow_restored_dump(self, using: str, **options: object) -> None:
        follow_events(connections[using])
