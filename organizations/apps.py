from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from fluxrate.history.restore import follow_a_restore


class OrganizationsConfig(AppConfig):
    name = "organizations"
    # Of the tables that link users with groups and permissions.
    default_auto_field = "django.db.models.AutoField"
    verbose_name = "Organizations"

    def ready(self) -> None:
        post_migrate.connect(self.follow_a_restore, sender=self)

    def follow_a_restore(self, using: str, **options: Any) -> None:
        follow_a_restore(connections[using])
