"""URLs of a model's pages in the admin, and redirections to them."""

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from fluxrate.models import BulkAction

from . import errors
from .light_pages import LightPagesAdmin
from .selection import PARAMETER, select

NOTHING_LEFT = _("The selected records no longer exist.")


class AdminURLs(LightPagesAdmin):
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

    def confirmation_url(self, action: str, selection: BulkAction) -> str:
        url = reverse(self._url_name("action"), args=[action])
        return f"{url}?{PARAMETER}={selection.pk}"

    def _url_name(self, page: str) -> str:
        opts = self.opts
        return f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}_{page}"

    def redirect_to_confirmation(
        self, request: HttpRequest, action: str, rows: QuerySet
    ) -> HttpResponseRedirect:
        selection = select(request, action, rows)
        if not selection.total:
            return self.redirect_to_list(request, NOTHING_LEFT)
        return HttpResponseRedirect(self.confirmation_url(action, selection))

    def redirect_to_list(
        self, request: HttpRequest, warning: object
    ) -> HttpResponseRedirect:
        self.message_user(request, str(warning), messages.WARNING)
        return HttpResponseRedirect(self.changelist_url())

    def redirect_with_error(
        self, request: HttpRequest, error: Exception, url: str
    ) -> HttpResponseRedirect:
        sentences = errors.as_validation_error(error).messages
        self.message_user(request, " ".join(sentences), messages.ERROR)
        return HttpResponseRedirect(url)
