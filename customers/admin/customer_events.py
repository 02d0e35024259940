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


class TimelinePage(NamedTuple):
    """Entries, newest first; the next page begins after the event `before`.

    `creation` is the customer's first event.
    """

    entries: list[Entry]
    is_first: bool
    before: int | None
    creation: Entry | None


def events_of(customer_id: uuid.UUID, *, with_subscriptions: bool) -> list[QuerySet]:
    """The events of the customer and of its subscriptions."""
    own = Event.objects.filter(object_type=object_type(Customer))
    kinds: list[QuerySet] = [own.filter(object_id=customer_id)]
    if with_subscriptions:
        # The index `event_of_customer` has this expression and this type.
        owner = Cast(KT("data__customer_id"), UUIDField())
        rows = Event.objects.filter(object_type=object_type(Subscription))
        kinds.append(rows.alias(customer=owner).filter(customer=customer_id))
    return kinds


def customer_timeline(
    request: HttpRequest, customer_id: uuid.UUID, *, with_subscriptions: bool
) -> TimelinePage:
    """The page that `?before=` names: it costs the same at any number of events."""
    text = request.GET.get("before", "")
    is_number = text.isascii() and text.isdecimal() and len(text) <= 18
    kinds = events_of(customer_id, with_subscriptions=with_subscriptions)
    if is_number:
        kinds = [kind.filter(pk__lt=int(text)) for kind in kinds]
    newest, *others = (kind.order_by("-id")[: PER_PAGE + 1] for kind in kinds)
    if others:
        newest = newest.union(*others, all=True).order_by("-id")[: PER_PAGE + 1]
    events = list(newest)
    shown = events[:PER_PAGE]
    creations = list(Event.objects.for_object(customer_id).order_by("id")[:1])
    named = entries(request, [*shown, *creations])
    return TimelinePage(
        named[: len(shown)],
        is_first=not is_number,
        before=shown[-1].pk if len(events) > PER_PAGE else None,
        creation=named[-1] if creations else None,
    )
