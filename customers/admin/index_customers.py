"""Customers of the first page: by country, and inactive ones that are still billed."""

from django.db import connection
from django.utils.translation import gettext

from customers.fields import COUNTRIES
from customers.models import Customer, Subscription

from .customer_list import LIVE
from .index_counts import Bounded, Number, list_url

MAX_READ, MAX_INACTIVE, SHOWN = 10_000, 2_000, 8
COUNTRY = "billing_address_country"
_COUNT = """
SELECT {country}, count(*), sum(count(*)) OVER (), min(min(id::text)) OVER ()
FROM ({rows}) AS newest GROUP BY {country} ORDER BY count(*) DESC, {country} LIMIT %s
"""


def by_country() -> tuple[list[Number], bool]:
    """The countries of most of the newest customers; whether there are older ones."""
    newest = Customer.objects.order_by("-id").values("id", COUNTRY)[: MAX_READ + 1]
    sql, parameters = newest.query.sql_with_params()
    statement = _COUNT.format(country=COUNTRY, rows=sql)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, SHOWN])
        rows = cursor.fetchall()
    is_cut = bool(rows) and rows[0][2] > MAX_READ
    return [_number(*row, is_cut=is_cut) for row in rows], is_cut


def _number(
    code: str | None, count: int, _total: int, oldest: str, *, is_cut: bool
) -> Number:
    """It links to the list of the same rows."""
    query = {COUNTRY: code} if code else {"missing": COUNTRY}
    if is_cut:
        query["id__gte"] = oldest
    label = COUNTRIES.get(code, code) if code else gettext("Without a country")
    return Number(label, count, list_url(Customer, **query))


def inactive_and_billed() -> Bounded:
    """Inactive customers with live subscriptions, of the newest inactive ones."""
    inactive = Customer.Status.INACTIVE.value
    newest = Customer.objects.filter(status=inactive).order_by("-id").values("pk")
    rows = Customer.objects.filter(
        Subscription.objects.exists_for_customer(LIVE),
        pk__in=newest[:MAX_INACTIVE],
        organization__is_test=False,
    )
    query: dict[str, object] = {
        "status": inactive,
        "subscription_status": ",".join(LIVE),
        "test": "false",
    }
    return Bounded("Inactive with live subscriptions", rows, query)
