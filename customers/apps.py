from django.apps import AppConfig

from .metrics import register


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = "Customers"
    admin_position = 1

    def ready(self) -> None:
        register()
