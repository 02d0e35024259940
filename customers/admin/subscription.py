from typing import Any, cast

from django.contrib import admin
from django.db.models import ForeignKey, Model, Q, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.forms import NewSubscriptionForm
from customers.models import Customer, Subscription
from customers.search.statement import Search
from customers.search.terms import Terms
from fluxrate.admin.export_views import ExportAdmin
from fluxrate.admin.forms import AdminModelForm
from fluxrate.admin.html import badge, link
from fluxrate.admin.language import word
from fluxrate.admin.query_values import parse_uuid
from fluxrate.admin.widgets import OrganizationAutocomplete
from fluxrate.models.limits import is_limited_to_several
from organizations.admin import (
    OwnedAdmin,
    owner_name,
    owner_text,
    searched_organization,
)

from .base import METADATA_OVERRIDES, RECORD_FIELDSET, Fieldset
from .export_columns import SUBSCRIPTION_COLUMNS
from .filter_sets import SubscriptionListFilterSet
from .subscription_actions import ADMIN_ACTIONS


@admin.register(Subscription)
class SubscriptionAdmin(OwnedAdmin, ExportAdmin):
    """Actions change a subscription; its form edits only `editable_fields`."""

    list_display = (
        "plan_name",
        "state",
        "of_customer",
        "external_id",
        "billing_interval",
        "current_period_end",
        "created",
        "owner",
    )
    filter_set = SubscriptionListFilterSet
    export_columns = SUBSCRIPTION_COLUMNS
    list_select_related = ("organization", "customer", "plan")
    search_fields = ("external_id",)
    search_help_text = "An external id, a customer's name or email, or an id of either."
    autocomplete_fields = ("customer", "plan")
    formfield_overrides = METADATA_OVERRIDES
    editable_fields = ("external_id", "metadata")
    restorable_fields = editable_fields
    creation_fields = (
        "customer",
        "plan",
        "billing_interval",
        "start_date",
        "trial_end_date",
        "billing_anchor",
    )
    state_fields = tuple(
        field.name
        for field in Subscription._meta.fields
        if not field.editable and field.name not in OwnedAdmin.readonly_fields
    )
    actions = ADMIN_ACTIONS
    decisive_fields = ("status", "cancel_at_period_end", "scheduled_billing_interval")
    title_columns = ("plan_name", "customer__name")
    columns = ("Subscription", "Customer", "Email", "Organization")

    def cells(self, record: Model) -> list[str]:
        row = cast(Subscription, record)
        name = row.external_id or row.plan_name
        owner = owner_name(row.organization)
        return [link(row, name), link(row.customer), row.customer.email, owner]

    def state_label(self, record: Model) -> str:
        row = cast(Subscription, record)
        scheduled = {
            gettext("to be canceled"): row.cancel_at_period_end,
            gettext("to change its plan"): row.scheduled_billing_interval,
        }
        parts = [name for name, is_so in scheduled.items() if is_so]
        return ", ".join([word(row.get_status_display()), *parts])

    @admin.display(description="status")
    def state(self, subscription: Subscription) -> str:
        return badge(subscription.status, subscription.get_status_display())

    def label(self, record: Model) -> str:
        """Two subscriptions to one plan differ in their customer."""
        subscription = cast(Subscription, record)
        owner = owner_text(subscription.organization)
        return f"{subscription}, {subscription.customer} — {owner}"

    @admin.display(description="customer")
    def of_customer(self, subscription: Subscription) -> str:
        return link(subscription.customer)

    def get_fieldsets(
        self, request: HttpRequest, obj: Model | None = None
    ) -> list[Fieldset]:
        fields = ("external_id", *self.creation_fields)
        if obj is None:
            fieldsets: list[Fieldset] = [(None, {"fields": (*fields, "metadata")})]
        else:
            fieldsets = [
                (None, {"fields": ("organization", *fields)}),
                (_("State"), {"fields": self.state_fields}),
                (_("Metadata"), {"fields": (self.metadata_field(request),)}),
                RECORD_FIELDSET,
            ]
        return self.with_reason(request, obj, fieldsets)

    def metadata_field(self, request: HttpRequest) -> str:
        """The rows to edit, or a table to read."""
        may_edit = self.has_change_permission(request)
        return "metadata" if may_edit else "metadata_table"

    @admin.display(description=_("metadata"))
    def metadata_table(self, subscription: Subscription) -> str:
        row = "<tr><th scope=row>{}</th><td>{}</td></tr>"
        rows = format_html_join("", row, subscription.metadata.items())
        return format_html("<table class=metadata>{}</table>", rows) if rows else "—"

    def get_readonly_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> tuple[str, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))
        if obj is None:
            return fields
        return (*fields, *self.creation_fields, *self.state_fields)

    def get_form(
        self,
        request: HttpRequest,
        obj: Model | None = None,
        change: bool = False,
        **options: Any,
    ) -> type[AdminModelForm]:
        if obj is None:
            options["form"] = NewSubscriptionForm
        return super().get_form(request, obj, change, **options)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **options: Any
    ) -> ModelChoiceField | None:
        """With `?customer=`, suggest only the plans of that customer's organization."""
        customer_id = parse_uuid(request.GET.get("customer", ""))
        if db_field.name == "plan" and customer_id:
            customer = Customer.objects.filter(pk=customer_id).first()
            owner = customer and customer.organization_id
            options["widget"] = OrganizationAutocomplete(
                db_field, self.admin_site, organization=owner
            )
        field: ModelChoiceField | None = super().formfield_for_foreignkey(
            db_field, request, **options
        )
        return field

    def search(self, request: HttpRequest, queryset: QuerySet, text: str) -> QuerySet:
        customers = Customer.objects.all()
        organization_id = searched_organization(request)
        if organization_id is not None:
            customers = customers.filter(organization=organization_id)
        search = Search(
            customers,
            Terms(text),
            organization_id=organization_id,
            is_narrowed=organization_id is None and is_limited_to_several(),
        )
        customers = search.queryset().values("pk")[:1_000]
        return queryset.filter(Q(external_id=text) | Q(customer__in=customers))

    def save_model(
        self, request: HttpRequest, obj: Any, form: AdminModelForm, change: bool
    ) -> None:
        """A new subscription begins by the same rules as in the API."""
        if change:
            super().save_model(request, obj, form, change)
            return
        values = {
            name: getattr(obj, name)
            for name in (*self.creation_fields, *self.editable_fields)
        }
        new = Subscription.begin(
            at=obj.organization.now(),
            id=obj.pk,
            organization=obj.organization,
            **{name: value for name, value in values.items() if value},
        )
        obj.__dict__.update(new.__dict__)
