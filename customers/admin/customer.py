from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Field, QuerySet
from django.forms import Field as FormField
from django.http import HttpRequest

from customers.models import Customer
from customers.search.statement import Search
from customers.search.terms import Terms
from fluxrate.admin.actions import ModelAction
from fluxrate.admin.changelist import RankedChangeList, filters_of
from fluxrate.admin.html import badge
from organizations.admin import OrganizationFilter, searched_organization

from .base import METADATA_OVERRIDES, RECORD_FIELDSET, Fieldset
from .overview import OverviewAdmin

ADDRESS = "billing_address_"


def _label(name: str) -> str:
    return {"line1": "Line 1", "line2": "Line 2"}.get(
        name, name.replace("_", " ").capitalize()
    )


@admin.register(Customer)
class CustomerAdmin(OverviewAdmin):
    list_display = (
        "name",
        "email",
        "external_id",
        "state",
        "country",
        "organization",
        "created",
    )
    list_filter = ("status", OrganizationFilter)
    search_fields = ("name",)
    search_help_text = "Name, email, external id, phone, or an id."
    formfield_overrides = METADATA_OVERRIDES
    instead_of_deletion = "mark_inactive"
    fieldsets: ClassVar[tuple[Fieldset, ...]] = (
        (
            None,
            {
                "fields": (
                    "organization",
                    ("name", "email"),
                    ("external_id", "phone"),
                    "status",
                )
            },
        ),
        (
            "Billing address",
            {
                "fields": (
                    "billing_address_line1",
                    "billing_address_line2",
                    ("billing_address_postal_code", "billing_address_city"),
                    ("billing_address_state", "billing_address_country"),
                )
            },
        ),
        ("Metadata", {"fields": ("metadata",)}),
        RECORD_FIELDSET,
    )
    actions = (
        ModelAction(
            "mark_inactive",
            "Mark inactive…",
            "marked inactive",
            lambda customer, **_data: customer.set_status(Customer.Status.INACTIVE),
            available=lambda customer: customer.status == Customer.Status.ACTIVE,
        ),
        ModelAction(
            "mark_active",
            "Mark active…",
            "marked active",
            lambda customer, **_data: customer.set_status(Customer.Status.ACTIVE),
            available=lambda customer: customer.status == Customer.Status.INACTIVE,
        ),
    )

    def get_changelist(
        self, request: HttpRequest, **kwargs: Any
    ) -> type[RankedChangeList]:
        return RankedChangeList

    def search(self, request: HttpRequest, queryset: QuerySet, text: str) -> QuerySet:
        return self.get_ranked_search(request, queryset, text).queryset()

    def get_ranked_search(
        self, request: HttpRequest, queryset: QuerySet, text: str
    ) -> Search:
        return Search(
            queryset,
            Terms(text),
            organization_id=searched_organization(request),
            is_narrowed=bool(filters_of(request) - {"organization"}),
        )

    def formfield_for_dbfield(
        self, db_field: Field, request: HttpRequest, **options: Any
    ) -> FormField | None:
        """Under the heading “Billing address”, the label is “City”."""
        field: FormField | None = super().formfield_for_dbfield(
            db_field, request, **options
        )
        if field is not None and db_field.name.startswith(ADDRESS):
            field.label = _label(db_field.name.removeprefix(ADDRESS))
        return field

    @admin.display(description="country")
    def country(self, customer: Customer) -> str | None:
        return customer.billing_address_country

    @admin.display(description="status")
    def state(self, customer: Customer) -> str:
        return badge(customer.status, customer.get_status_display())
