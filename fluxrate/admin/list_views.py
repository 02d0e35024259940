"""The pages of lists: searched, filtered, and shown also if they take too long."""

from typing import ClassVar

from django.contrib import admin, messages
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR, ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.postgres.fields import ArrayField
from django.db import OperationalError, models
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fluxrate.api.problems import RETRY_SECONDS
from fluxrate.text import normalized

from . import errors
from .changelist import BaseChangeList, BoundedPaginator
from .chips import Chips
from .filter_sets import AutocompleteFilter, ListFilterSet
from .language import grouped
from .query_names import clean_url
from .query_values import parse_uuid
from .requests import state_of
from .urls import AdminURLs

INVALID_FILTER = _("The filter was not understood. This is the whole list.")
MAX_SEARCH_LENGTH = 1_000
# A query string has no notation for their values.
UNFILTERABLE = (models.BinaryField, models.JSONField, ArrayField)


class ListAdmin(AdminURLs):
    """`filter_set` has the filters above the list; `search` finds rows by a text."""

    filter_set: ClassVar[type[ListFilterSet] | None] = None
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    search_fields = ("id",)

    def search(
        self, request: HttpRequest, queryset: models.QuerySet, text: str
    ) -> models.QuerySet:
        """The rows that match a text other than an id; the query needs an index."""
        return queryset.none()

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        text = normalized(search_term)
        rows = self.without_search(request, queryset, text)
        if rows is None:
            rows = self.search(request, queryset, text)
        return rows, False

    def without_search(
        self, request: HttpRequest, queryset: models.QuerySet, text: str
    ) -> models.QuerySet | None:
        """The rows for an empty text, a refused text or an id; None for other texts."""
        if not text:
            return queryset
        if "\0" in text or state_of(request).search_refused:
            return queryset.none()
        pk = parse_uuid(text)
        return None if pk is None else queryset.filter(pk=pk)

    def export_url(self, request: HttpRequest) -> str:
        """The page to export the list; "" if there is none, or not for the user."""
        return ""

    def get_changelist(
        self, request: HttpRequest, **kwargs: object
    ) -> type[ChangeList]:
        return BaseChangeList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse filters by a hash: their results would reveal it bit by bit."""
        name = lookup.partition("__")[0]
        fields = (
            field for field in self.opts.fields if isinstance(field, UNFILTERABLE)
        )
        if name in {field.name for field in fields}:
            return False
        return super().lookup_allowed(lookup, value, request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """A filter whose value no column can hold redirects to the whole list."""
        self._refuse_search(request)
        query = request.GET
        if any("\0" in value for values in query.lists() for value in values[1]):
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
        if url := clean_url(request, self.filter_set):
            return HttpResponseRedirect(url)
        if ERROR_FLAG in query:
            self.message_user(request, INVALID_FILTER, messages.WARNING)
        title = capfirst(str(self.opts.verbose_name_plural))
        try:
            page = super().changelist_view(
                request, {"title": title, **(extra_context or {})}
            )
        except OperationalError as error:
            return self._timeout_page(request, error, title)
        if isinstance(page, TemplateResponse) and page.context_data is not None:
            page.context_data["media"] += self._filter_media
        return page

    def _timeout_page(
        self, request: HttpRequest, error: OperationalError, title: str
    ) -> HttpResponse:
        """What took too long, and the form to ask for less."""
        validation_error = errors.as_validation_error(error)
        context = self.admin_site.each_context(request) | {
            "title": title,
            "opts": self.opts,
            "sentence": " ".join(validation_error.messages),
            "media": self.media + self._filter_media,
            "search_var": SEARCH_VAR,
            "cl": {
                "search_fields": self.search_fields,
                "search_help_text": self.search_help_text,
                "query": request.GET.get(SEARCH_VAR, ""),
                "chips": Chips(request, self.filter_set),
            },
        }
        template = "admin/list_timeout.html"
        headers = {"Retry-After": str(RETRY_SECONDS)}
        return TemplateResponse(request, template, context, status=503, headers=headers)

    @property
    def _filter_media(self) -> Media:
        filters = self.filter_set.base_filters.values() if self.filter_set else ()
        sources = (e.source for e in filters if isinstance(e, AutocompleteFilter))
        widgets = (AutocompleteSelect(source, self.admin_site) for source in sources)
        return sum((widget.media for widget in widgets), Media())

    def _refuse_search(self, request: HttpRequest) -> None:
        """Warn about a text that no record can contain, and find nothing."""
        text = request.GET.get(SEARCH_VAR, "")
        if "\0" in text:
            warning = gettext("No record contains a NUL character.")
        elif len(text) > MAX_SEARCH_LENGTH:
            warning = gettext("A search text has at most %s characters.")
            warning %= grouped(MAX_SEARCH_LENGTH)
        else:
            return
        self.message_user(request, warning, messages.WARNING)
        state_of(request).search_refused = True
        query = request.GET.copy()
        query[SEARCH_VAR] = text.replace("\0", "\ufffd")[:MAX_SEARCH_LENGTH]
        request.GET = query  # type: ignore[assignment]
