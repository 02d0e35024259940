from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from customers.models import Plan, Subscription
from organizations.admin import OrganizationFilter, OwnedAdmin

from .record import RECORD


@admin.register(Plan)
class PlanAdmin(OwnedAdmin):
    list_display = (
        "name",
        "lookup_id",
        "type",
        "billing_interval",
        "currency",
        "trial_days",
        "is_active",
        "organization",
        "created",
    )
    list_filter = ("is_active", "type", "billing_interval", OrganizationFilter)
    search_fields = ("name",)
    search_help_text = "A part of the name, a lookup id, or an id."
    fieldsets: ClassVar[Any] = (
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
                )
            },
        ),
        RECORD,
    )

    def search(self, request: HttpRequest, queryset: Any, text: str) -> Any:
        return queryset.filter(Q(name__icontains=text) | Q(lookup_id=text))

    def deletion_blockers(self, records: Sequence[Any]) -> list[str]:
        live = Subscription.objects.filter(plan__in=records).exclude(
            status=Subscription.Status.CANCELED
        )
        count = live[:1_000].count()
        return [f"{count:,} live subscriptions"] if count else []
