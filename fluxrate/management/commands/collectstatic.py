"""`manage.py collectstatic`; a start with the same files then collects nothing."""

from django.contrib.staticfiles.management.commands import collectstatic

from fluxrate.server.static import collecting


class Command(collectstatic.Command):
    def collect(self) -> dict[str, list[str]]:
        if self.dry_run:
            return super().collect()
        with collecting():
            return super().collect()
