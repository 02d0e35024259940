"""The parts of the admin's first page that the user may see."""

from datetime import UTC, datetime
from typing import cast

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from customers.models import Customer, Subscription
from fluxrate.admin.site import Site
from fluxrate.models import Event
from organizations.admin import entries

from .index_attention import ending_trials, late_steps, unpaid
from .index_chart import Chart
from .index_counts import by_status
from .index_months import months

NEWEST = 8


def may_view(request: HttpRequest, model: type[Model]) -> bool:
    opts = model._meta
    return request.user.has_perm(f"{opts.app_label}.view_{opts.model_name}")


def index_parts(request: HttpRequest) -> dict[str, object]:
    """The context of the page: a number of statements that no size changes."""
    at = datetime.now(UTC)
    parts: dict[str, object] = {}
    charts: list[Chart] = []
    if may_view(request, Customer):
        newest = Customer.objects.select_related("organization").order_by("-id")
        parts["customer_counts"] = by_status(Customer)
        parts["newest_customers"] = newest[:NEWEST]
        charts.append(Chart("customers", months(Customer, at)))
    if may_view(request, Subscription):
        parts["subscription_counts"] = by_status(Subscription)
        parts["trials"], parts["first_trials"] = ending_trials(at)
        parts["late"] = late_steps(at)
        parts["unpaid"] = unpaid()
        charts.append(Chart("subscriptions", months(Subscription, at)))
    if may_view(request, Event):
        parts["staff_changes"] = entries(request, Event.objects.by_staff()[:NEWEST])
    rows = zip(*(chart.months for chart in charts), strict=True)
    return parts | {"charts": charts, "months": list(reversed(list(rows)))}


cast(Site, admin.site).index_parts.append(index_parts)
