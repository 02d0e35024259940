from django.apps import AppConfig, apps

from . import lanes, metrics


class OrganizationsConfig(AppConfig):
    name = "organizations"
    # Of the tables that link users with groups and permissions.
    default_auto_field = "django.db.models.AutoField"
    verbose_name = "Organizations"
    admin_position = 2

    def ready(self) -> None:
        metrics.register()
        lanes.register()
        apps.get_app_config("auth").verbose_name = "Staff permissions"
