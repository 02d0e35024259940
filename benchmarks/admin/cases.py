"""Pages of the admin, and the milliseconds that each may take."""

import random
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from urllib.parse import quote, urlencode
from uuid import UUID

from customers.models import Customer

from .dataset import LARGE
from .staff import Staff

CUSTOMERS = "/admin/customers/customer/"
EXACT, PART, MISSPELT, LIST = 60, 200, 500, 300


@dataclass
class Case:
    name: str
    limit: float
    path: str
    milliseconds: list[float] = field(default_factory=list)
    size: int = 0

    def ask(self, staff: Staff) -> None:
        seconds, status = staff.get(self.path)
        # One exact hit opens its page.
        assert status in {200, 302}, (status, self.path, staff.page[:500])
        self.milliseconds.append(seconds * 1000)
        self.size = len(staff.page)

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)


def cases(many: UUID) -> Iterator[Case]:
    rows = Customer.objects.exclude(external_id=None).exclude(phone=None)
    rows = rows.filter(status="ACTIVE").exclude(billing_address_country=None)
    some = rows.order_by("id")[1_000]
    yield Case("Index", LIST, "/admin/")
    yield from _find(some)
    yield from _lists(some)
    yield Case("Overview, 100,000 subscriptions", PART, f"{CUSTOMERS}{many}/")
    yield Case("History, 100,000 subscriptions", 100, f"{CUSTOMERS}{many}/history/")
    yield Case(
        "Deletion's question, 100,000 subscriptions", LIST, f"{CUSTOMERS}{many}/delete/"
    )


def _find(some: Customer) -> Iterator[Case]:
    exact = {
        "id": str(some.pk),
        "address of the API": f"https://api.example.com/api/v1/customers/{some.pk}",
        "email": some.email,
        "name and email": f"{some.name} <{some.email}>",
        "external id": str(some.external_id),
        "phone": str(some.phone),
    }
    for kind, text in exact.items():
        yield Case(f"Search: {kind}", EXACT, _search(text))
    first, *_, last = some.name.split()
    texts = [("half a name", last[: len(last) // 2 + 1], PART)]
    texts += [("two words", f"{first} {last}", PART)]
    texts += [("misspelt", last[0] + last[2] + last[1] + last[3:], MISSPELT)]
    within = {"organization": str(some.organization_id), "status": "ACTIVE"}
    for kind, text, limit in texts:
        yield Case(f"Search: {kind}", limit, _search(text))
        query = urlencode(within | {"q": text})
        yield Case(f"Customers within filters: {kind}", limit, f"{CUSTOMERS}?{query}")


def _search(text: str) -> str:
    return f"/admin/search?q={quote(text)}"


def _lists(some: Customer) -> Iterator[Case]:
    filters = {
        "organization": str(some.organization_id),
        "status": "INACTIVE",
        "billing_address_country": str(some.billing_address_country),
        "subscription_status": "PAST_DUE",
        "created_from": some.created_at.date().isoformat(),
        "metadata": "segment=smb",
        "missing": "phone",
    }
    yield Case("Customers", LIST, CUSTOMERS)
    for number in (1, 2):
        for names in combinations(filters, number):
            query = urlencode({name: filters[name] for name in names})
            title = " and ".join(names)
            yield Case(f"Customers by {title}", LIST, f"{CUSTOMERS}?{query}")


def random_searches(number: int) -> Iterator[Case]:
    """Parts of real names, some of them misspelt, in some organization."""
    chosen = random.Random(number)
    large = Customer.objects.filter(organization__name=LARGE)
    names = list(large.values_list("name", flat=True)[:20_000])
    organizations = list(
        Customer.objects.order_by("organization")
        .values_list("organization", flat=True)
        .distinct()[:50]
    )
    for _ in range(number):
        word = chosen.choice(chosen.choice(names).split())
        text = word[: chosen.randint(2, max(2, len(word)))]
        if chosen.random() < 1 / 4 and len(text) > 4:
            text = text[:2] + chosen.choice("aeiou") + text[3:]
        query = {"q": text}
        if chosen.random() < 1 / 2:
            query["organization"] = str(chosen.choice(organizations))
        if chosen.random() < 1 / 4:
            query["status"] = "ACTIVE"
        yield Case("random", 1_000, f"{CUSTOMERS}?{urlencode(query)}")
