from typing import Any

from django.apps import AppConfig, apps
from django.db import connections
from django.db.models.signals import post_migrate

from fluxrate.history.restore import follow_a_restore


class OrganizationsConfig(AppConfig):
    name = "organizations"
    # Of the tables that link users with groups and permissions.
    default_auto_field = "django.db.models.AutoField"
    verbose_name = "Organizations"
    admin_position = 2

    def ready(self) -> None:
        apps.get_app_config("auth").verbose_name = "Rights of staff"
        post_migrate.connect(self.follow_a_restore, sender=self)

    def follow_a_restore(self, using: str, **options: Any) -> None:
        follow_a_restore(connections[using])
