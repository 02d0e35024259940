"""URLs of a model's pages in the admin, and redirections to them."""

from collections.abc import Iterable, Sequence

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from . import errors
from .selection import PARAMETER, Selection

NOTHING_LEFT = "The selected records no longer exist."


class AdminURLs(admin.ModelAdmin):
    def label(self, record: Model) -> str:
        """The record's name in suggestions and messages."""
        return str(record)

    def changelist_url(self) -> str:
        return reverse(self._url_name("changelist"))

    def change_url(self, pk: object) -> str:
        return reverse(self._url_name("change"), args=[pk])

    def page_url(self, pk: object) -> str:
        """The page that shows the record first."""
        return self.change_url(pk)

    def history_url(self, pk: object) -> str:
        return reverse(self._url_name("history"), args=[pk])

    def return_url(self, records: Sequence[Model]) -> str:
        """The page of the only record, or the list."""
        alone = len(records) == 1
        return self.page_url(records[0].pk) if alone else self.changelist_url()

    def confirmation_url(self, action: str, selection: Selection) -> str:
        url = reverse(self._url_name("action"), args=[action])
        return f"{url}?{PARAMETER}={selection.key}"

    def _url_name(self, page: str) -> str:
        opts = self.opts
        return f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}_{page}"

    def redirect_to_confirmation(
        self, request: HttpRequest, action: str, records: Iterable[Model]
    ) -> HttpResponseRedirect:
        ids = [str(record.pk) for record in records]
        if not ids:
            return self.redirect_to_list(request, NOTHING_LEFT)
        selection = Selection.create(request, self.opts.label, ids)
        return HttpResponseRedirect(self.confirmation_url(action, selection))

    def redirect_to_list(
        self, request: HttpRequest, warning: str
    ) -> HttpResponseRedirect:
        self.message_user(request, warning, messages.WARNING)
        return HttpResponseRedirect(self.changelist_url())

    def redirect_with_error(
        self, request: HttpRequest, error: Exception, url: str
    ) -> HttpResponseRedirect:
        sentences = errors.as_validation_error(error).messages
        self.message_user(request, " ".join(sentences), messages.ERROR)
        return HttpResponseRedirect(url)
