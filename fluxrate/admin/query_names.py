"""A query that a plain form sent, as the URL of the list that it means."""

from django.contrib import admin, messages
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext

from .chips import NAME_SUFFIX
from .filter_sets import AutocompleteFilter, ListFilterSet

MAX_NAMED = 10


def clean_url(request: HttpRequest, filter_set: type[ListFilterSet] | None) -> str:
    """The URL without empty values, and with the ids of named records; "" if the
    request has this URL already.
    """
    if request.method != "GET" or filter_set is None:
        return ""
    query = QueryDict(mutable=True)
    for parameter, values in request.GET.lists():
        is_typed = parameter == SEARCH_VAR or filter_set.base_name(parameter)
        texts = [text for text in values if text.strip() or not is_typed]
        if texts:
            query.setlist(parameter, texts)
    for name, each in filter_set.base_filters.items():
        if isinstance(each, AutocompleteFilter):
            _replace_name(request, query, name, each)
    return "" if query == request.GET else f"{request.path}?{query.urlencode()}"


def _replace_name(
    request: HttpRequest, query: QueryDict, name: str, each: AutocompleteFilter
) -> None:
    """Replace a part of a name by the id of the only record that has it; otherwise
    name some records.
    """
    text = " ".join(query.pop(f"{name}{NAME_SUFFIX}", [])).strip()
    if not text:
        return
    records = _named(request, each, text)
    if len(records) == 1:
        query[name] = str(records[0].pk)
    elif records:
        links = format_html_join(
            ", ", '<a href="?{}">{}</a>', _links(query, name, records)
        )
        messages.warning(
            request, format_html(gettext("Several match “{}”: {}"), text, links)
        )
    else:
        messages.warning(request, gettext("Nothing matches “%s”.") % text[:100])


def _links(query: QueryDict, name: str, records: list[Model]) -> list[tuple[str, str]]:
    links = []
    for record in records:
        query_of_record = query.copy()
        query_of_record[name] = str(record.pk)
        links.append((query_of_record.urlencode(), str(record)))
    return links


def _named(request: HttpRequest, each: AutocompleteFilter, text: str) -> list[Model]:
    model_admin = admin.site.get_model_admin(each.source.remote_field.model)
    rows: QuerySet[Model] = model_admin.get_queryset(request)
    rows, _ = model_admin.get_search_results(request, rows, text)
    return list(rows[:MAX_NAMED])
