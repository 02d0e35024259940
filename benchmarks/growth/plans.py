"""The plan of every filter with every order and search, at a million customers.

`python -m benchmarks.growth.plans` fails where one reads the whole table.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("DATA_DIR", str(ROOT / ".data" / "growth"))
os.environ |= {"STATEMENT_TIMEOUT": "0", "DJANGO_SETTINGS_MODULE": "fluxrate.settings"}

import django
from django.conf import settings

from fluxrate.server import postgres

FILTERS = {
    "": {},
    "email": {"email": "JOHN.SMITH17@example.com"},
    "external_id": {"external_id": "CUST-000017"},
    "name": {"name": "Mary Johnson"},
    "phone": {"phone": "+49 30 1713379"},
    "status": {"status": "INACTIVE"},
    "country": {"billing_address_country": "US"},
    "rare country": {"billing_address_country": "NZ"},
    "state": {"billing_address_state": "Bayern"},
    "city": {"billing_address_city": "Besançon"},
    "postal code": {"billing_address_postal_code": "25017"},
    "created": {"created_at__gte": "2026-09-30T00:00:00Z"},
    "updated": {"updated_at__lt": "2023-01-02T00:00:00Z"},
    "ids": {"id__in": "01a203f2-cf78-724e-a595-276ec108815c"},
    "external ids": {"external_id__in": "CUST-000017,CUST-000018"},
    "metadata": {"metadata[account_manager]": "am-7"},
    "rare metadata": {"metadata[account_manager]": "nobody"},
    "missing": {"missing": "phone"},
    "missing both": {"missing": "phone,billing_address_country"},
    "subscription": {"subscription_status": "PAST_DUE"},
    "city and status": {"billing_address_city": "Köln", "status": "INACTIVE"},
    "metadata, country": {
        "metadata[segment]": "smb",
        "billing_address_country": "SE",
    },
    "city, missing": {"billing_address_city": "Köln", "missing": "phone"},
}


SEARCHES = ["blackman", "li", "johnson mary", "blackmna", "0302713379"]


def main() -> int:
    from django.http import QueryDict

    from customers.filters import CustomerFilter
    from customers.models import Customer

    whole = 0
    for organization in ("Small 000", "Medium", "Large"):
        rows = Customer.objects.filter(organization__name=organization)
        owner = rows[0].organization
        for name, filters in FILTERS.items():
            data = QueryDict(mutable=True)
            data.update(filters)
            narrowed = CustomerFilter(data, Customer.objects.owned_by(owner)).qs
            for what, plan in plans(narrowed, owner.pk, is_narrowed=bool(filters)):
                scans = "Seq Scan" in plan
                whole += scans
                shown = plan if scans else _scan(plan)
                print(f"{organization:10} {name:18} {what:12} {shown}")
    print(f"{whole} plans read a whole table.")
    return min(whole, 1)


def plans(
    narrowed: Any, owner_id: Any, *, is_narrowed: bool
) -> Iterator[tuple[str, str]]:
    """The plan of every order, and of every search."""
    from django.db import connection
    from django.db.models.functions import Upper

    from customers.search.statement import Search
    from customers.search.terms import Terms
    from customers.views import CustomerViewSet

    for order in ["-id", *CustomerViewSet.ordering_fields]:
        by = Upper("email") if order == "email" else order
        yield order, narrowed.order_by(by, "id")[:20].explain()
    for text in SEARCHES:
        search = Search(
            narrowed, Terms(text), organization_id=owner_id, is_narrowed=is_narrowed
        )
        statement = search.statement().ids()
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {statement.text}", statement.parameters)
            yield text, "\n".join(line for (line,) in cursor.fetchall())


def _scan(plan: str) -> str:
    lines = [line.strip(" ->") for line in plan.splitlines() if "Scan" in line]
    return "; ".join(line.partition("  (")[0] for line in lines)


if __name__ == "__main__":
    with postgres.running(settings.DATA_DIR):
        django.setup()
        sys.exit(main())
