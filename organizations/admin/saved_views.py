"""Named views above a list: stored, shown again and deleted by staff."""

import uuid
from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fluxrate.admin.base import BaseAdmin
from organizations.models import SavedView, User
from organizations.models.saved_view import MAX_VIEWS

TOO_MANY = _("A list has at most %s views of yours. Delete one first.")


class SavedViewForm(forms.ModelForm):
    class Meta:
        model = SavedView
        fields = ("name", "query", "is_shared")


class SavedViewsAdmin(BaseAdmin):
    def get_urls(self) -> list[URLPattern]:
        site, name = self.admin_site, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("views/", site.admin_view(self.save_view), name=f"{name}_view"),
            path(
                "views/<uuid:pk>/delete/",
                site.admin_view(self.delete_saved_view),
                name=f"{name}_view_delete",
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        views = SavedView.objects.visible_to(cast(User, request.user))
        rows = views.filter(model=self.opts.label).order_by("name", "id")
        query = list_query(request.GET.urlencode())
        context = {"saved_views": rows, "list_query": query.urlencode()}
        return super().changelist_view(request, context | (extra_context or {}))

    def save_view(self, request: HttpRequest) -> HttpResponse:
        """Name the query of the list; a name of the user's gets the new query."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        query = list_query(request.POST.get("query", ""))
        back = f"{self.changelist_url()}?{query.urlencode()}"
        if request.method != "POST":
            return HttpResponseRedirect(back)
        data = request.POST.copy()
        data["query"] = query.urlencode()
        form = SavedViewForm(data)
        own = SavedView.objects.filter(user=request.user.pk, model=self.opts.label)
        if not form.is_valid():
            sentences = [
                f"{name.capitalize()}: {error}"
                for name, errors in form.errors.items()
                for error in errors
            ]
            messages.error(request, " ".join(sentences))
        elif own.exclude(name=form.cleaned_data["name"]).count() >= MAX_VIEWS:
            messages.error(request, str(TOO_MANY) % MAX_VIEWS)
        else:
            name = form.cleaned_data.pop("name")
            key = {"user_id": request.user.pk, "model": self.opts.label, "name": name}
            SavedView.objects.update_or_create(**key, defaults=form.cleaned_data)
            messages.success(request, gettext("The view “%s” is saved.") % name)
        return HttpResponseRedirect(back)

    def delete_saved_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Only one's own."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            views = SavedView.objects.filter(pk=pk, user=request.user.pk)
            if views.delete()[0]:
                messages.success(request, gettext("The view is deleted."))
        return HttpResponseRedirect(self.changelist_url())


def list_query(text: str) -> QueryDict:
    """The part of a query that a view stores: not the page."""
    query = QueryDict(text, mutable=True)
    for name in (PAGE_VAR, ALL_VAR, ERROR_FLAG):
        query.pop(name, None)
    return query
