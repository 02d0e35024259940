"""`manage.py remove_second_factor`: for staff who have lost app and recovery codes."""

from argparse import ArgumentParser

from django.core.management import BaseCommand, CommandError

from fluxrate.models.acting import acting
from fluxrate.text import folded
from organizations.models import User
from organizations.models.second_factor import has_second_factor, remove_second_factor


class Command(BaseCommand):
    help = "Remove the second factor of a member of staff, who then sets up another."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="The address to log in with.")
        parser.add_argument("--reason", default="", help="Stored in the history.")

    def handle(self, *args: object, email: str, reason: str, **options: object) -> None:
        user: User | None = User.objects.filter(email=folded(email)).first()
        if user is None or not has_second_factor(user):
            raise CommandError("No user with this email has a second factor.")
        with acting(reason=reason):
            remove_second_factor(user)
        self.stdout.write(f"{user.email} logs in without a second factor.")
