"""The parts of the admin's first page that the user may see."""

from datetime import UTC, datetime
from typing import cast

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from customers.models import Customer, Subscription
from fluxrate.admin.site import Site
from fluxrate.models import Event
from fluxrate.models.recorded import nouns
from organizations.admin import entries
from organizations.models import ApiKey

from .index_attention import ending_and_late, ending_keys, first_trials, unpaid
from .index_chart import Chart
from .index_counts import Bounded, bounded, by_status
from .index_months import months

NEWEST = 8


def may_view(request: HttpRequest, model: type[Model]) -> bool:
    opts = model._meta
    return request.user.has_perm(f"{opts.app_label}.view_{opts.model_name}")


def index_parts(request: HttpRequest) -> dict[str, object]:
    """The context of the page: a number of statements that no size changes."""
    at = datetime.now(UTC)
    models = [model for model in (Customer, Subscription) if may_view(request, model)]
    counts = dict(zip(models, by_status(*models) if models else (), strict=True))
    charts = list(map(Chart, map(nouns, models), months(at, *models) if models else ()))
    parts: dict[str, object] = {}
    attention: dict[str, Bounded] = {}
    if Customer in counts:
        newest = Customer.objects.select_related("organization").order_by("-id")
        parts["customer_counts"] = counts[Customer]
        parts["newest_customers"] = newest[:NEWEST]
    if Subscription in counts:
        parts["subscription_counts"] = counts[Subscription]
        attention["trials"], attention["late"] = ending_and_late(at)
        parts["first_trials"] = first_trials(at)
        parts["unpaid"] = unpaid()
    if may_view(request, ApiKey):
        attention["ending_keys"] = ending_keys(at)
    parts |= zip(attention, bounded(*attention.values()), strict=True)
    if may_view(request, Event):
        parts["staff_changes"] = entries(request, Event.objects.by_staff()[:NEWEST])
    rows = zip(*(chart.months for chart in charts), strict=True)
    return parts | {"charts": charts, "months": list(reversed(list(rows)))}


cast(Site, admin.site).index_parts.append(index_parts)
