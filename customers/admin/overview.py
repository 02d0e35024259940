"""The overview of a customer: it is read first, and edited on purpose."""

import uuid

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from customers.models import Customer
from fluxrate.admin.query_values import parse_uuid
from organizations.admin import OwnedAdmin

from .customer_events import events_of
from .overview_parts import overview_parts


class OverviewAdmin(OwnedAdmin):
    def page_url(self, pk: object) -> str:
        return reverse(self._url_name("overview"), args=[pk])

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.overview_view)
        name = "customers_customer_overview"
        return [path("<uuid:pk>/", view, name=name), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """For staff who may not edit, the page to read is the overview."""
        pk = parse_uuid(object_id)
        may_edit = self.has_change_permission(request)
        may_read = self.has_view_permission(request) and not may_edit
        if pk and request.method == "GET" and may_read:
            return HttpResponseRedirect(self.page_url(pk))
        return super().change_view(request, object_id, form_url, extra_context)

    def history_events(self, request: HttpRequest, pk: uuid.UUID) -> list[QuerySet]:
        sees_subscriptions = request.user.has_perm("customers.view_subscription")
        return events_of(pk, with_subscriptions=sees_subscriptions)

    def overview_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        customer = self.get_object(request, str(pk))
        if not isinstance(customer, Customer):
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))
        context = self.admin_site.each_context(request) | {
            "title": customer.name,
            "opts": self.opts,
            "original": customer,
            "object_actions": self.object_actions(request, customer),
            "has_delete_permission": self.has_delete_permission(request, customer),
            "has_change_permission": self.has_change_permission(request, customer),
            **overview_parts(request, customer),
        }
        template = "admin/customer_overview.html"
        response = TemplateResponse(request, template, context)
        self.remember(request, response, pk)
        return response
