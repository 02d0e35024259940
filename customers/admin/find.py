"""`/admin/search?q=`: find anything, whatever was pasted."""

from collections.abc import Iterator

from django.contrib import admin
from django.db import OperationalError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext

from customers.models import Customer, Plan, Subscription
from customers.search.terms import Terms
from fluxrate.admin import errors
from fluxrate.admin.language import grouped
from fluxrate.models import DeletionEvent, Event
from fluxrate.text import normalized
from organizations.models import ApiKey, Invitation, Organization, User

from .find_customers import customers, deleted_customers
from .find_matches import Group, admin_of, events, rows_of, subscriptions
from .find_object import pasted_id, url_of_id

MAX_LENGTH = 1_000
# Their lists are searched as they are.
OTHERS: tuple[type[Model], ...] = (Plan, Organization, User, ApiKey, Invitation)


def find(request: HttpRequest) -> HttpResponse:
    """The page of the object with an id; otherwise the matches of each kind."""
    text = normalized(request.GET.get("q", ""))
    problem = _problem(text)
    try:
        return _find(request, text, problem)
    except OperationalError as error:
        reasons = errors.as_validation_error(error).messages
        return _page(request, text, " ".join(reasons), [], status=503)


def _find(request: HttpRequest, text: str, problem: str) -> HttpResponse:
    terms = Terms("" if problem else text)
    if not problem and (pk := pasted_id(text)) and (url := url_of_id(request, pk)):
        return HttpResponseRedirect(url)
    groups = [group for group in _groups(request, terms) if group.matches]
    if url := exact_url(groups):
        return HttpResponseRedirect(url)
    return _page(request, text, problem, groups)


def _page(
    request: HttpRequest,
    text: str,
    problem: str,
    groups: list[Group],
    status: int = 200,
) -> HttpResponse:
    context = admin.site.each_context(request) | {
        "title": gettext("Search")
        + (f": {text[:100]}" if text and not problem else ""),
        "search_text": text[:MAX_LENGTH].replace("\0", ""),
        "problem": problem,
        "groups": groups,
    }
    return TemplateResponse(request, "admin/search.html", context, status=status)


def _problem(text: str) -> str:
    if "\0" in text:
        return gettext("No record contains a NUL character.")
    if len(text) > MAX_LENGTH:
        return gettext("A search text has at most %s characters.") % grouped(MAX_LENGTH)
    return ""


def _groups(request: HttpRequest, terms: Terms) -> Iterator[Group]:
    """The kinds that the user may view; whole ids come before parts of names."""

    if not terms.text:
        return

    def sees(model: type[Model]) -> bool:
        return admin_of(model).has_view_permission(request)

    if sees(Subscription):
        yield subscriptions(terms)
    if sees(Event):
        yield events(terms)
    if sees(Customer):
        yield customers(terms)
    if sees(Customer) and sees(DeletionEvent):
        yield deleted_customers(terms)
    yield from (rows_of(request, model, terms) for model in OTHERS if sees(model))


def exact_url(groups: list[Group]) -> str:
    """The page of the only exact match, unless other kinds match, too."""
    exact = [match.url for group in groups for match in group.matches if match.is_exact]
    return exact[0] if len(groups) == len(exact) == 1 else ""
