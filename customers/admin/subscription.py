from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest

from customers.forms import NewSubscriptionForm
from customers.models import Customer, Subscription
from customers.search.statement import Search
from customers.search.terms import Terms
from fluxrate.admin.html import badge
from fluxrate.admin.query_values import parse_uuid
from fluxrate.admin.widgets import OrganizationAutocomplete
from organizations.admin import OrganizationFilter, OwnedAdmin

from .record import METADATA, RECORD
from .subscription_actions import ADMIN_ACTIONS


@admin.register(Subscription)
class SubscriptionAdmin(OwnedAdmin):
    """Begun by its verb, changed by its verbs; a few fields may be edited by hand."""

    list_display = (
        "plan_name",
        "state",
        "customer",
        "external_id",
        "billing_interval",
        "current_period_end",
        "organization",
        "created",
    )
    list_filter = ("status", "billing_interval", OrganizationFilter)
    list_select_related = ("organization", "customer", "plan")
    search_fields = ("external_id",)
    search_help_text = "An external id, a customer's name or email, or an id of either."
    autocomplete_fields = ("customer", "plan")
    formfield_overrides = METADATA
    editable = ("external_id", "metadata")
    begun = (
        "customer",
        "plan",
        "billing_interval",
        "start_date",
        "trial_end_date",
        "billing_anchor",
    )
    kept = tuple(
        field.name
        for field in Subscription._meta.fields
        if not field.editable and field.name not in OwnedAdmin.readonly_fields
    )
    actions = ADMIN_ACTIONS

    @admin.display(description="status")
    def state(self, subscription: Subscription) -> str:
        return badge(subscription.status, subscription.get_status_display())

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        first = ("external_id", *self.begun)
        sets: Any = ((None, {"fields": (*first, "metadata")}),)
        if obj is not None:
            sets = (
                (None, {"fields": ("organization", *first)}),
                ("State", {"fields": self.kept}),
                ("Metadata", {"fields": ("metadata",)}),
                RECORD,
            )
        return self.with_reason(request, obj, sets)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return fixed if obj is None else (*fixed, *self.begun, *self.kept)

    def get_form(
        self, request: Any, obj: Any = None, *args: Any, **options: Any
    ) -> Any:
        if obj is None:
            options["form"] = NewSubscriptionForm
        return super().get_form(request, obj, *args, **options)

    def formfield_for_foreignkey(
        self, db_field: Any, request: Any, **options: Any
    ) -> Any:
        """For a known customer, only the plans of the same organization are offered."""
        owner = db_field.name == "plan" and _owner_of(request.GET.get("customer", ""))
        if owner:
            options["widget"] = OrganizationAutocomplete(
                db_field, self.admin_site, organization=owner
            )
        return super().formfield_for_foreignkey(db_field, request, **options)

    def search(self, request: HttpRequest, queryset: Any, text: str) -> Any:
        customers = Customer.objects.all()
        owner = parse_uuid(request.GET.get("organization", ""))
        if owner is not None:
            customers = customers.filter(organization=owner)
        search = Search(customers, Terms(text), organization_id=owner)
        customers = search.queryset().values("pk")[:1_000]
        return queryset.filter(Q(external_id=text) | Q(customer__in=customers))

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        """A new one begins as the API's do, with all its rules."""
        if change:
            super().save_model(request, obj, form, change)
            return
        given = {name: getattr(obj, name) for name in (*self.begun, *self.editable)}
        begun = Subscription.begin(
            at=obj.organization.now(),
            id=obj.pk,
            organization=obj.organization,
            **{name: value for name, value in given.items() if value},
        )
        obj.__dict__.update(begun.__dict__)


def _owner_of(customer_id: str) -> Any:
    """The id of the organization of the customer whom a link names."""
    try:
        rows = Customer.objects.filter(pk=customer_id)
        return rows.values_list("organization_id", flat=True).first()
    except ValidationError:
        return None
