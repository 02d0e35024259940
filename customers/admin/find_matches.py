"""A match of the admin's search, and the matches of the lists' own searches."""

from dataclasses import dataclass, field
from typing import cast

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from customers.models import Subscription
from customers.search.terms import Terms
from fluxrate.admin.base import BaseAdmin
from fluxrate.models import Event
from organizations.models import ApiKey, Organization

MAX_MATCHES, MAX_DIGITS = 5, 18


@dataclass(frozen=True)
class Match:
    """A row: its name, its page, what tells it apart, and what matched.

    `status` has the value and the label; of `owner`, a badge is shown. A match is exact
    if the text is the whole email, phone or id of the row.
    """

    label: str
    url: str
    detail: str = ""
    status: tuple[str, str] | None = None
    matched_on: list[dict[str, str]] = field(default_factory=list)
    is_exact: bool = False
    owner: Organization | None = None


@dataclass(frozen=True)
class Group:
    title: str
    matches: list[Match]
    more: str = ""


def admin_of(model: type[Model]) -> BaseAdmin:
    return cast(BaseAdmin, admin.site.get_model_admin(model))


def subscriptions(terms: Terms) -> Group:
    """By the whole external id."""
    rows = Subscription.objects.filter(external_id=terms.text).order_by("-id")
    page_url = admin_of(Subscription).page_url
    matches = [
        Match(
            terms.text,
            page_url(row.pk),
            f"{row.plan_name}, {row.customer}, {row.organization}",
            (row.status, row.get_status_display()),
            [{"field": "external_id", "text": terms.text}],
            is_exact=True,
            owner=row.organization,
        )
        for row in rows.select_related("customer", "organization")[:MAX_MATCHES]
    ]
    return Group("Subscriptions", matches)


def events(terms: Terms) -> Group:
    """By the number."""
    text = terms.text
    if not (text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS):
        return Group("Events", [])
    rows = Event.objects.filter(pk=int(text))
    page_url = admin_of(Event).page_url
    matches = [Match(text, page_url(row.pk), row.type, is_exact=True) for row in rows]
    return Group("Events", matches)


def rows_of(request: HttpRequest, model: type[Model], terms: Terms) -> Group:
    """The first matches of the search of the model's own list."""
    model_admin = admin_of(model)
    rows, _ = model_admin.get_search_results(
        request, model_admin.get_queryset(request), terms.text
    )
    title = str(model._meta.verbose_name_plural)
    matches = [
        Match(
            model_admin.label(row),
            model_admin.page_url(row.pk),
            is_exact=isinstance(row, ApiKey),
        )
        for row in rows[:MAX_MATCHES]
    ]
    return Group(title[:1].upper() + title[1:], matches)
