"""What the overview of a customer shows beside its own fields."""

from django.db.models import Count, QuerySet
from django.http import HttpRequest

from customers.models import Customer, Subscription
from customers.models.customer import OPTIONAL

from .customer_events import customer_timeline
from .find_matches import admin_of
from .overview_json import json_parts

NEWEST, MAX_SAME_EMAIL = 10, 5
ADDRESS = "billing_address_"


def overview_parts(request: HttpRequest, customer: Customer) -> dict[str, object]:
    """The context of the page; each part is read in one statement."""
    sees_subscriptions = request.user.has_perm("customers.view_subscription")
    page = customer_timeline(
        request, customer.pk, with_subscriptions=sees_subscriptions
    )
    return {
        "page": page,
        "timeline": page.entries,
        "same_email": _same_email(customer),
        "address": _address(customer),
        "missing": [
            name.removeprefix(ADDRESS).replace("_", " ")
            for name in OPTIONAL
            if not getattr(customer, name)
        ],
        **json_parts(request, customer),
        **(_subscriptions(request, customer) if sees_subscriptions else {}),
    }


def _subscriptions(request: HttpRequest, customer: Customer) -> dict[str, object]:
    """The newest with their actions, and the number in each status that occurs."""
    rows = Subscription.objects.filter(customer=customer)
    counts = dict(rows.order_by().values_list("status").annotate(Count("pk")))
    statuses = [status for status in Subscription.Status if status in counts]
    actions_of = admin_of(Subscription).object_actions
    newest = rows.select_related("plan")[:NEWEST]
    return {
        "subscriptions": [(row, actions_of(request, row)) for row in newest],
        "subscription_opts": Subscription._meta,
        "subscription_count": sum(counts.values()),
        "counts": [(each.value, each.label, counts[each]) for each in statuses],
    }


def _same_email(customer: Customer) -> QuerySet:
    """Other customers of the organization with this email, in any case."""
    rows = Customer.objects.owned_by(customer.organization)
    others = rows.filter(email__iexact=customer.email).exclude(pk=customer.pk)
    same: QuerySet = others.order_by("pk")[:MAX_SAME_EMAIL]
    return same


def _address(customer: Customer) -> list[str]:
    names = ("line1", "line2", "postal_code", "city", "state", "country")
    lines = (getattr(customer, f"{ADDRESS}{name}") for name in names)
    return [line for line in lines if line]
