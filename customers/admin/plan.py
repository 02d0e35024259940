from collections.abc import Sequence
from typing import ClassVar

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from customers.models import Plan, Subscription
from fluxrate.admin.export_views import ExportAdmin
from fluxrate.admin.language import grouped
from organizations.admin import OwnedAdmin

from .base import RECORD_FIELDSET, Fieldset
from .export_columns import PLAN_COLUMNS
from .filter_sets import PlanListFilterSet


@admin.register(Plan)
class PlanAdmin(OwnedAdmin, ExportAdmin):
    list_display = (
        "name",
        "lookup_id",
        "type",
        "billing_interval",
        "currency",
        "trial_days",
        "is_active",
        "created",
        "owner",
    )
    filter_set = PlanListFilterSet
    export_columns = PLAN_COLUMNS
    readonly_fields = (*OwnedAdmin.readonly_fields, "subscriptions")
    search_fields = ("name",)
    search_help_text = "A part of the name, a lookup id, or an id."
    fieldsets: ClassVar[tuple[Fieldset, ...]] = (
        (
            None,
            {
                "fields": (
                    "organization",
                    ("name", "lookup_id"),
                    ("type", "billing_interval"),
                    ("currency", "trial_days"),
                    "description",
                    "is_active",
                    "subscriptions",
                )
            },
        ),
        RECORD_FIELDSET,
    )

    def search(self, request: HttpRequest, queryset: QuerySet, text: str) -> QuerySet:
        return queryset.filter(Q(name__icontains=text) | Q(lookup_id=text))

    @admin.display(description="subscriptions")
    def subscriptions(self, plan: Plan) -> str:
        url = reverse("admin:customers_subscription_changelist")
        template, text = (
            '<a href="{}?plan_id={}">{}</a>',
            _("Subscriptions to this plan"),
        )
        return format_html(template, url, plan.pk, text)

    def deletion_blockers(self, records: Sequence[Model]) -> list[str]:
        subscriptions = Subscription.objects.filter(
            plan__in=[plan.pk for plan in records]
        )
        live = subscriptions.exclude(status=Subscription.Status.CANCELED)
        count = live[:1_000].count()
        text = ngettext("%s live subscription", "%s live subscriptions", count)
        return [text % grouped(count)] if count else []
