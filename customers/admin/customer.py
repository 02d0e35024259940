from typing import Any, ClassVar, cast

from django.contrib import admin
from django.db.models import Field, Model, QuerySet
from django.forms import Field as FormField
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Subscription
from customers.models.customer import OPTIONAL, sorted_name
from customers.search.statement import Search
from customers.search.terms import Terms
from fluxrate.admin.changelist import filters_of
from fluxrate.admin.export_views import ExportAdmin
from fluxrate.admin.html import badge, link
from fluxrate.models.limits import is_limited_to_several
from organizations.admin import owner_name, searched_organization

from .base import METADATA_OVERRIDES, RECORD_FIELDSET, Fieldset
from .customer_actions import CUSTOMER_ACTIONS
from .customer_list import CustomerChangeList, live_link
from .export_columns import CUSTOMER_COLUMNS
from .filter_sets import CustomerListFilterSet
from .overview import OverviewAdmin

ADDRESS = "billing_address_"


def _label(name: str) -> str:
    return {"line1": "Line 1", "line2": "Line 2"}.get(
        name, name.replace("_", " ").capitalize()
    )


@admin.register(Customer)
class CustomerAdmin(OverviewAdmin, ExportAdmin):
    list_display = (
        "named",
        "external_id",
        "state",
        "country",
        "live",
        "created",
        "owner",
    )
    filter_set = CustomerListFilterSet
    export_columns = CUSTOMER_COLUMNS
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
            _("Billing address"),
            {
                "fields": (
                    "billing_address_line1",
                    "billing_address_line2",
                    ("billing_address_postal_code", "billing_address_city"),
                    ("billing_address_state", "billing_address_country"),
                )
            },
        ),
        (_("Metadata"), {"fields": ("metadata",)}),
        RECORD_FIELDSET,
    )
    actions = CUSTOMER_ACTIONS
    decisive_fields = ("status",)
    restorable_fields = ("name", "email", "status", "metadata", *OPTIONAL)
    columns = ("Customer", "Email", "Organization")

    def cells(self, record: Model) -> list[str]:
        customer = cast(Customer, record)
        return [link(customer), customer.email, owner_name(customer.organization)]

    def ends_live_rows(self, rows: QuerySet) -> bool:
        """With live subscriptions, which the deletion ends."""
        subscriptions = Subscription.objects.filter(customer__in=rows)
        return subscriptions.exclude(status=Subscription.Status.CANCELED).exists()

    def state_label(self, record: Model) -> str:
        return str(cast(Customer, record).get_status_display())

    def get_changelist(
        self, request: HttpRequest, **kwargs: Any
    ) -> type[CustomerChangeList]:
        return CustomerChangeList

    def get_sortable_by(self, request: HttpRequest) -> tuple[str, ...]:
        """By name within an organization only: an index has that order."""
        is_chosen = searched_organization(request) is not None
        return (*self.sortable_by, "named") if is_chosen else self.sortable_by

    def search(self, request: HttpRequest, queryset: QuerySet, text: str) -> QuerySet:
        return self.get_ranked_search(request, queryset, text).queryset()

    def get_ranked_search(
        self, request: HttpRequest, queryset: QuerySet, text: str
    ) -> Search:
        return Search(
            queryset,
            Terms(text),
            organization_id=searched_organization(request),
            is_narrowed=is_limited_to_several()
            or bool(filters_of(request) - {"organization"}),
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

    @admin.display(description="name", ordering=sorted_name())
    def named(self, customer: Customer) -> str:
        template = '{}<span class="under">{}</span>'
        return format_html(template, customer.name, customer.email)

    @admin.display(description="live subscriptions")
    def live(self, customer: Customer) -> str | None:
        return live_link(customer)

    @admin.display(description="country")
    def country(self, customer: Customer) -> str | None:
        return customer.billing_address_country

    @admin.display(description="status")
    def state(self, customer: Customer) -> str:
        return badge(customer.status, customer.get_status_display())
