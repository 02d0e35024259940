"""The events of a customer and of its subscriptions, deleted ones included."""

import uuid
from typing import NamedTuple

from django.db.models import QuerySet, UUIDField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.http import HttpRequest

from customers.models import Customer, Subscription
from fluxrate.history.timeline import Entry
from fluxrate.models import Event
from fluxrate.postgres.triggers import object_type
from organizations.admin import entries

PER_PAGE = 20
MAX_DIGITS = 18


class TimelinePage(NamedTuple):
    """Entries, newest first; the next page begins after the event `before`.

    `creation` is the customer's first event.
    """

    entries: list[Entry]
    is_first: bool
    before: int | None
    creation: Entry | None


def customer_timeline(
    request: HttpRequest, customer_id: uuid.UUID, *, with_subscriptions: bool
) -> TimelinePage:
    """The page that `?before=` names: it costs the same at any number of events."""
    text = request.GET.get("before", "")
    is_number = text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS
    older = Event.objects.filter(pk__lt=int(text)) if is_number else Event.objects.all()
    kinds: list[QuerySet] = [
        older.filter(object_id=customer_id, object_type=object_type(Customer))
    ]
    if with_subscriptions:
        # The index `event_of_customer` has this expression and this type.
        owner = Cast(KT("data__customer_id"), UUIDField())
        rows = older.alias(customer=owner).filter(customer=customer_id)
        kinds.append(rows.filter(object_type=object_type(Subscription)))
    newest, *others = (kind.order_by("-id")[: PER_PAGE + 1] for kind in kinds)
    if others:
        newest = newest.union(*others, all=True).order_by("-id")[: PER_PAGE + 1]
    events = list(newest)
    shown = events[:PER_PAGE]
    first = Event.objects.for_object(customer_id).order_by("id")[:1]
    creations = list(first)
    named = entries(request, [*shown, *creations])
    return TimelinePage(
        named[: len(shown)],
        is_first=not is_number,
        before=shown[-1].pk if len(events) > PER_PAGE else None,
        creation=named[-1] if creations else None,
    )
