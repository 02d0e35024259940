from django.apps import AppConfig


class FluxrateConfig(AppConfig):
    name = "fluxrate"
    verbose_name = "History"
    admin_position = 3
