"""`manage.py shell`: Django's, in which `acting` is imported, too."""

from django.core.management.commands import shell

ACTING = "fluxrate.models.acting.acting"


class Command(shell.Command):
    def get_auto_imports(self) -> list[str]:
        return [*(super().get_auto_imports() or ()), ACTING]
