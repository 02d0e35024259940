"""The list of customers: each row with the number of its live subscriptions."""

from collections.abc import Sequence

from django.db.models import IntegerField, OuterRef, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from customers.models import Customer, Subscription
from fluxrate.admin.changelist import RankedChangeList

MAX_COUNTED = 1_000
LIVE = [status for status in Subscription.Status if status != "CANCELED"]


class RowsOf(Subquery):
    """The number of rows of a subquery."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


class CustomerChangeList(RankedChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        if request.user.has_perm("customers.view_subscription"):
            add_live(self.result_list)


def add_live(customers: Sequence[Customer]) -> None:
    """Count the live subscriptions of each customer up to a bound, in one statement."""
    rows = Subscription.objects.filter(customer=OuterRef("pk"), status__in=LIVE)
    counted = rows.order_by().values("pk")[: MAX_COUNTED + 1]
    pks = [customer.pk for customer in customers]
    counts = Customer.objects.filter(pk__in=pks).values_list("pk", RowsOf(counted))
    by_pk = dict(counts.order_by())
    for customer in customers:
        count = by_pk.get(customer.pk, 0)
        customer.live_count = count  # type: ignore[attr-defined]


def live_link(customer: Customer) -> str | None:
    count: int | None = getattr(customer, "live_count", None)
    if not count:
        return None if count is None else "0"
    number = f"{count:,}" if count <= MAX_COUNTED else f"more than {MAX_COUNTED:,}"
    url = reverse("admin:customers_subscription_changelist")
    query = f"customer_id={customer.pk}&status={','.join(LIVE)}"
    return format_html('<a href="{}?{}">{}</a>', url, query, number)
