"""`manage.py demo`, which `make demo` calls: something to look at, and ways in."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand
from django.db import transaction

from customers.demo_data.load import fill
from customers.management.commands.seed_demo import count
from customers.models import Customer
from fluxrate.server.address import Address
from fluxrate.server.migrate import migrate
from organizations.models import Membership, User

ORGANIZATION, OWNER, STAFF = "Demo", "demo@fluxrate.example", "staff@fluxrate.example"
KNOWN = "(shown when it was made; a new one: manage.py changepassword {email})"
REPORT = """\
{organization}: {customers}
  API      {url}/docs     {owner}  {owner_password}
  Admin    {url}/admin/   {staff}  {staff_password}
"""


class Command(BaseCommand):
    help = (
        "Make an organization with plausible customers and its owner, and a staff "
        "login. A second run changes nothing and says what is there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=count, default=300, metavar="N")

    def handle(self, *args: Any, **options: Any) -> None:
        migrate()
        owner_password = owner()
        self.stdout.write(
            REPORT.format(
                organization=ORGANIZATION,
                customers=fill_once(options["customers"]),
                url=Address(settings.HOST, settings.PORT).url,
                owner=OWNER,
                owner_password=owner_password,
                staff=STAFF,
                staff_password=staff(),
            )
        )


def owner() -> str:
    """The password of the organization's owner; both are made where there are none."""
    if User.objects.filter(email=OWNER).exists():
        return KNOWN.format(email=OWNER)
    password = secrets.token_urlsafe(9)
    with transaction.atomic():
        Membership.found(email=OWNER, password=password, organization_name=ORGANIZATION)
    return password


def fill_once(size: int) -> str:
    """How many customers the organization has, which is filled when it has none."""
    membership = Membership.objects.select_related("organization").get(
        user__email=OWNER, organization__name=ORGANIZATION
    )
    customers = Customer.objects.owned_by(membership.organization)
    if not customers.exists():
        fill({membership.organization: size})
    return f"{customers.count():,} customers with plans and subscriptions"


def staff() -> str:
    """The password of the staff login, which is made where there is none."""
    if User.objects.filter(email=STAFF).exists():
        return KNOWN.format(email=STAFF)
    password = secrets.token_urlsafe(9)
    User.objects.create_superuser(STAFF, password)
    return password
