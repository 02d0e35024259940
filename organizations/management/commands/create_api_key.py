"""`manage.py create_api_key`: issue an API key in a script."""

import uuid
from argparse import ArgumentParser

from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError
from django.db import transaction

from fluxrate.text import normalized
from organizations.models import ApiKey, Organization, Scope


class Command(BaseCommand):
    help = "Issue an API key and print it, alone on one line, to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--organization", required=True, help="The organization's id or exact name."
        )
        parser.add_argument("--name", required=True, help="The name of the key.")
        parser.add_argument(
            "--scope",
            required=True,
            action="append",
            dest="scopes",
            choices=Scope.values,
            help="A scope of the key. May be repeated.",
        )

    def handle(
        self,
        *args: object,
        organization: str,
        name: str,
        scopes: list[str],
        **options: object,
    ) -> None:
        owner = _organization(normalized(organization))
        try:
            name = ApiKey._meta.get_field("name").clean(name, None)
        except ValidationError as error:
            raise CommandError(f"--name: {' '.join(error.messages)}") from error
        with transaction.atomic():
            key = ApiKey.issue(organization=owner, name=name, scopes=scopes)
        self.stderr.write(f"{key} for {owner}: it is shown only here.")
        self.stdout.write(str(key.secret))


def _organization(id_or_name: str) -> Organization:
    try:
        rows = list(Organization.objects.filter(pk=uuid.UUID(id_or_name)))
    except ValueError:
        rows = list(Organization.objects.filter(name=id_or_name)[:2])
    if not rows:
        raise CommandError(f"There is no organization “{id_or_name}”.")
    if len(rows) > 1:
        raise CommandError(
            f"Several organizations are called “{id_or_name}”: give the id."
        )
    return rows[0]
