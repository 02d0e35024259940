"""`manage.py create_staff`: a login to the admin, with the rights of groups."""

import getpass
import sys
from argparse import ArgumentParser

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.management import BaseCommand, CommandError

from fluxrate.models.acting import acting
from organizations.models import User


class Command(BaseCommand):
    help = (
        "Create a login to the admin with the rights of groups. The password is asked "
        "for, or read from a pipe."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="The address to log in with.")
        parser.add_argument("--name", help="The name that the history shows.")
        parser.add_argument(
            "--group",
            action="append",
            default=[],
            dest="groups",
            help="A group, such as Viewer. May be repeated.",
        )
        parser.add_argument("--reason", default="", help="Stored in the history.")

    def handle(
        self,
        *args: object,
        email: str,
        name: str | None,
        groups: list[str],
        reason: str,
        **options: object,
    ) -> None:
        rows = {group.name: group for group in Group.objects.all()}
        if unknown := [group for group in groups if group not in rows]:
            known = ", ".join(sorted(rows)) or "none"
            raise CommandError(f"There is no group “{unknown[0]}”. Groups: {known}.")
        password = _password()
        validate_password(password, User(email=email, name=name))
        with acting(reason=reason):
            user = User.objects.create_user(email, password, name=name, is_staff=True)
            user.groups.set(rows[group] for group in groups)
        rights = ", ".join(groups) or "no rights yet"
        self.stdout.write(f"{user.email} may log in to the admin: {rights}.")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Password again: ") != password:
        raise CommandError("The passwords differ.")
    return password
