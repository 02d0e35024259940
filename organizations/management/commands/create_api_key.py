"""`manage.py create_api_key`: a key without a browser, for provisioning by scripts."""

import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError
from django.db import transaction

from fluxrate.text import normalized
from organizations.models import ApiKey, Organization, Scope


class Command(BaseCommand):
    help = (
        "Make an API key and print it: the key alone, on one line of standard output."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--organization", required=True, help="Its id, or its exact name."
        )
        parser.add_argument("--name", required=True, help="What the key is for.")
        parser.add_argument(
            "--scope",
            required=True,
            action="append",
            dest="scopes",
            choices=Scope.values,
            help="What it may be used for; repeat it for more than one.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organization = _organization(normalized(options["organization"]))
        try:
            name = ApiKey._meta.get_field("name").clean(options["name"], None)
        except ValidationError as error:
            raise CommandError(f"--name: {' '.join(error.messages)}") from error
        with transaction.atomic():
            key = ApiKey.issue(
                organization=organization, name=name, scopes=options["scopes"]
            )
        self.stderr.write(f"{key} for {organization}: it is shown only here.")
        self.stdout.write(str(key.secret))


def _organization(given: str) -> Organization:
    try:
        found = list(Organization.objects.filter(pk=uuid.UUID(given)))
    except ValueError:
        found = list(Organization.objects.filter(name=given)[:2])
    if not found:
        raise CommandError(f"There is no organization “{given}”.")
    if len(found) > 1:
        raise CommandError(f"Several organizations are called “{given}”: give the id.")
    return found[0]
