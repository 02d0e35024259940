"""The parts of the admin's first page that the user may see."""

from datetime import UTC, datetime
from typing import cast

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from customers.models import Customer, Subscription
from fluxrate.admin.recent_links import recent_links
from fluxrate.admin.site import Site
from fluxrate.models import Event
from fluxrate.models.recorded import nouns
from organizations.admin import entries
from organizations.models import ApiKey

from .index_attention import ending_and_late, ending_keys, first_trials
from .index_chart import Chart
from .index_counts import Bounded, bounded
from .index_customers import by_country, inactive_and_billed
from .index_months import months
from .index_statuses import stored_counts

NEWEST = 8


def may_view(request: HttpRequest, model: type[Model]) -> bool:
    opts = model._meta
    return request.user.has_perm(f"{opts.app_label}.view_{opts.model_name}")


def index_parts(request: HttpRequest) -> dict[str, object]:
    """The context of the page: a number of statements that no size changes."""
    at = datetime.now(UTC)
    models = [model for model in (Customer, Subscription) if may_view(request, model)]
    by_status, unpaid = stored_counts(*models)
    counts = dict(zip(models, by_status, strict=True))
    charts = list(map(Chart, map(nouns, models), months(at, *models) if models else ()))
    rows = zip(*(chart.months for chart in charts), strict=True)
    parts: dict[str, object] = {"recent": recent_links(request), "charts": charts}
    parts["months"] = list(reversed(list(rows)))
    if Customer in counts:
        newest = Customer.objects.select_related("organization").order_by("-id")
        parts["customer_counts"] = counts[Customer]
        parts["newest_customers"] = newest[:NEWEST]
        parts["countries"], parts["countries_are_cut"] = by_country()
    if Subscription in counts:
        parts["subscription_counts"] = counts[Subscription]
        parts["first_trials"] = first_trials(at)
        parts["unpaid"] = unpaid
    if may_view(request, Event):
        parts["staff_changes"] = entries(request, Event.objects.by_staff()[:NEWEST])
    return parts | attention(request, at)


def attention(request: HttpRequest, at: datetime) -> dict[str, object]:
    """The numbers of what needs somebody, by one statement."""
    numbers: dict[str, Bounded] = {}
    if may_view(request, Subscription):
        numbers["trials"], numbers["late"] = ending_and_late(at)
        if may_view(request, Customer):
            numbers["inactive_and_billed"] = inactive_and_billed()
    if may_view(request, ApiKey):
        numbers["ending_keys"] = ending_keys(at)
    return dict(zip(numbers, bounded(*numbers.values()), strict=True))


cast(Site, admin.site).index_parts.append(index_parts)
