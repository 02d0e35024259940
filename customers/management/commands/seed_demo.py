"""`manage.py seed_demo`: an organization full of plausible customers."""

import secrets
import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError
from django.db import transaction

from customers.demo_data.load import fill
from organizations.models import Membership, Organization, User

DONE = """\
{count:,} customers of “{organization}” in {seconds:.1f} s.
Log in  {email}  {password}
"""


class Command(BaseCommand):
    help = (
        "Make an organization with customers of many countries, plans and "
        "subscriptions. The same --customers and --organization make the same people."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=count, default=1000, metavar="N")
        parser.add_argument("--organization", default="Demo", metavar="NAME")
        parser.add_argument("--email", default="demo@fluxrate.example")
        parser.add_argument("--password", help="A random one is made otherwise.")
        parser.add_argument(
            "--without-history",
            action="store_true",
            help="Write no events for these rows: much faster for a million.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        password = options["password"] or secrets.token_urlsafe(9)
        organization = found_organization(
            options["organization"], options["email"], password
        )
        fill(
            {organization: options["customers"]},
            history=not options["without_history"],
            progress=self.progress(options["customers"]),
        )
        self.stdout.write(
            DONE.format(
                count=options["customers"],
                organization=organization.name,
                seconds=time.monotonic() - began,
                email=options["email"],
                password=password,
            )
        )

    def progress(self, total: int) -> Any:
        """Count up on a terminal; say nothing elsewhere."""
        done = 0

        def show(rows: int) -> None:
            nonlocal done
            done += rows
            if self.stderr.isatty():
                self.stderr.write(f"\r{done:,} of {total:,} ", ending="")

        return show


def count(text: str) -> int:
    """A number of customers, from 1 to ten million."""
    if text.isdecimal() and 1 <= int(text) <= 10_000_000:
        return int(text)
    raise ArgumentTypeError(f"{text} is not a whole number from 1 to 10000000")


def found_organization(name: str, email: str, password: str) -> Organization:
    """A new organization with its owner; CommandError where that cannot be."""
    try:
        email = User._meta.get_field("email").clean(email, None)
        Organization(name=name).full_clean()
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    if User.objects.filter(email=email).exists():
        raise CommandError(
            f"{email} exists already: the demonstration is there. For another one "
            "give --organization and --email."
        )
    with transaction.atomic():
        return Membership.found(
            email=email, password=password, organization_name=name
        ).organization
