"""Customers that a text matches, best first, and deleted ones."""

from django.db.models import Exists, Func, OuterRef, QuerySet, TextField
from django.db.models.fields.json import KT
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from customers.models import Customer
from customers.search.normalization import fold, phone_digits
from customers.search.statement import Search
from customers.search.terms import FIELDS, Terms
from fluxrate.models import Event
from fluxrate.models.limits import is_limited_to_several, only_organization

from .find_matches import Group, Match, admin_of

SHOWN, MAX_DELETED = 10, 5
# Shorter words have no trigram, so that no index finds them.
MIN_LENGTH = 3


def customers(terms: Terms) -> Group:
    """In one search: the first matches and their number."""
    rows = Customer.objects.select_related("organization")
    search = Search(
        rows,
        terms,
        organization_id=only_organization(),
        is_narrowed=is_limited_to_several(),
    )
    page = search.slice(0, SHOWN)
    page_url = admin_of(Customer).page_url
    matches = [
        Match(
            row.name,
            page_url(row.pk),
            f"{row.email}, {row.organization}",
            (row.status, row.get_status_display()),
            terms.matched_on(row),
            is_exact=is_whole(terms, row),
            owner=row.organization,
        )
        for row in page.rows
    ]
    more = ""
    if page.total > len(matches):
        url = reverse("admin:customers_customer_changelist")
        more = f"{url}?{urlencode({'q': terms.raw})}"
    return Group("Customers", matches, more)


def is_whole(terms: Terms, row: Customer) -> bool:
    """Whether the text is the whole email, external id or phone of the customer."""
    whole = {fold(text) for text in (row.email, row.external_id) if text}
    digits = phone_digits(fold(row.phone or ""))
    return terms.folded in whole or bool(terms.digits and terms.digits == digits)


def deleted_customers(terms: Terms) -> Group:
    """By parts of the name, email, external id or phone before the deletion."""
    url = admin_of(Customer).history_url
    matches = [
        Match(
            str(event.data.get("name", "")),
            url(event.object_id),
            ", ".join([event.data.get("email", ""), _deleted_at(event)]),
        )
        for event in _deletions(terms)
    ]
    return Group("Deleted customers", matches)


def _deleted_at(event: Event) -> str:
    text = gettext("deleted on %s")
    return text % f"{event.created_at:%Y-%m-%d}"


def _deletions(terms: Terms) -> QuerySet:
    """The index `event_of_deleted_customer` has this expression and this type."""
    words = [word for word in terms.required if len(word) >= MIN_LENGTH]
    if not words or not terms.is_searchable:
        return Event.objects.none()
    fields = [KT(f"data__{name}") for name in FIELDS]
    text = Func(*fields, function="customer_search_text", output_field=TextField())
    present = Customer.objects.filter(pk=OuterRef("object_id"))
    rows: QuerySet = Event.objects.alias(text=text).filter(type="customer.deleted")
    for word in words:
        rows = rows.filter(text__contains=word)
    return rows.filter(~Exists(present)).order_by("-id")[:MAX_DELETED]
