from django.apps import AppConfig


class PeersConfig(AppConfig):
    name = "benchmarks.peers.django_site"
    label = "peers"
    default_auto_field = "django.db.models.BigAutoField"
