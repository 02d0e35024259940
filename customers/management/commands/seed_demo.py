"""`manage.py seed_demo`, which `make demo` calls: an organization full of customers."""

import secrets
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError
from django.db import transaction

from customers.demo_data.load import fill
from customers.models import Customer
from fluxrate.server.address import Address
from fluxrate.server.migrate import migrate
from organizations.models import ApiKey, Membership, Organization, Scope, User

OWNER, STAFF = "demo@fluxrate.example", "staff@fluxrate.example"
EXISTING = "(as it was; for a new password: manage.py changepassword {email})"
SUMMARY = "{organization}: {count:,} customers, in {seconds:.1f} s.\n"
LOGIN = "  {title:8} {url:<36} {email}  {password}\n"
KEY = "  API key  {key}\n"
EXISTING_KEY = "(as it was; for another: manage.py create_api_key)"


class Command(BaseCommand):
    help = (
        "Create an organization with customers of many countries, plans and "
        "subscriptions, and print an API key and its owner's login. The same "
        "--customers and --organization create the same people."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=count, default=1000, metavar="N")
        parser.add_argument("--organization", default="Demo", metavar="NAME")
        parser.add_argument("--email", default=OWNER)
        parser.add_argument("--password", help="default: a random one")
        parser.add_argument(
            "--without-history",
            action="store_true",
            help="write no events for these rows: much faster for a million",
        )
        parser.add_argument(
            "--staff", action="store_true", help="create a login to the admin, too"
        )
        parser.add_argument(
            "--keep-existing",
            action="store_true",
            help="keep an existing organization; without this, that is an error",
        )

    def handle(self, *args: object, **options: Any) -> None:
        migrate()
        began = time.monotonic()
        name, email = options["organization"], options["email"]
        password = options["password"] or secrets.token_urlsafe(9)
        organization, key = None, EXISTING_KEY
        if options["keep_existing"]:
            organization = organization_of(name, email)
        if organization is None:
            organization = create_organization(name, email, password)
            key = new_key(organization)
        else:
            password = EXISTING.format(email=email)
        customers = Customer.objects.owned_by(organization)
        if not customers.exists():
            size, history = options["customers"], not options["without_history"]
            progress = self.progress(size)
            fill({organization: size}, history=history, progress=progress)
        seconds = time.monotonic() - began
        report = SUMMARY.format(
            organization=name, count=customers.count(), seconds=seconds
        )
        report += KEY.format(key=key) + login("API", "/docs", email, password)
        if options["staff"]:
            report += login("Admin", "/admin/", STAFF, staff_password())
        self.stdout.write(report, ending="")

    def progress(self, total: int) -> Callable[[int], None]:
        """Show the number of loaded rows on a terminal."""
        loaded = 0

        def show(rows: int) -> None:
            nonlocal loaded
            loaded += rows
            if self.stderr.isatty():
                self.stderr.write(f"\r{loaded:,} of {total:,} ", ending="")

        return show


def count(text: str) -> int:
    """A number of customers, from 1 to ten million."""
    if text.isdecimal() and 1 <= int(text) <= 10_000_000:
        return int(text)
    raise ArgumentTypeError(f"{text} is not a whole number from 1 to 10000000")


def organization_of(name: str, email: str) -> Organization | None:
    rows = Organization.objects.filter(name=name, memberships__user__email=email)
    return rows.first()


def create_organization(name: str, email: str, password: str) -> Organization:
    """A new organization with its owner; CommandError if the name or email is bad."""
    try:
        email = User._meta.get_field("email").clean(email, None)
        Organization(name=name).full_clean()
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    if User.objects.filter(email=email).exists():
        raise CommandError(
            f"{email} exists already. Use --organization and --email for another "
            "demonstration."
        )
    with transaction.atomic():
        return Membership.create_with_owner(
            email=email, password=password, organization_name=name
        ).organization


def new_key(organization: Organization) -> str:
    """The secret of a key that may do everything that a key may."""
    key = ApiKey.issue(organization=organization, name="Demo", scopes=Scope.values)
    return str(key.secret)


def staff_password() -> str:
    """The password of the staff login, which is created if it does not exist."""
    if User.objects.filter(email=STAFF).exists():
        return EXISTING.format(email=STAFF)
    password = secrets.token_urlsafe(9)
    User.objects.create_superuser(STAFF, password)
    return password


def login(title: str, path: str, email: str, password: str) -> str:
    url = f"{Address(settings.HOST, settings.PORT).url}{path}"
    return LOGIN.format(title=title, url=url, email=email, password=password)
