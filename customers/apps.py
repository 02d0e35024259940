from django.apps import AppConfig

from . import lanes, metrics


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = "Customers"
    admin_position = 1

    def ready(self) -> None:
        metrics.register()
        lanes.register()
