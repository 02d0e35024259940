"""Customers, plans and subscriptions in the admin."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from fluxrate.admin.labels import badge, link
from fluxrate.admin.verbs import Verb, VerbForm
from fluxrate.admin.widgets import Suggest
from organizations.admin import TIMES, OrganizationFilter, OwnedAdmin

from .forms import MetadataFormField, NewSubscriptionForm
from .models import Customer, Plan, Subscription
from .models.metadata import MetadataField

RECORD: Any = ("Record", {"fields": ("id", "revision", *TIMES)})
NEWEST = 10
ADDRESS = "billing_address_"
METADATA: Any = {MetadataField: {"form_class": MetadataFormField}}


def _label(name: str) -> str:
    return {"line1": "Line 1", "line2": "Line 2"}.get(
        name, name.replace("_", " ").capitalize()
    )


def mark(status: str) -> Any:
    """A verb's work: give a customer the status."""

    def do(customer: Customer, **_: Any) -> None:
        customer.status = status
        customer.save(update_fields=["status"])

    return do


@admin.register(Customer)
class CustomerAdmin(OwnedAdmin):
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
    readonly_fields = (*OwnedAdmin.readonly_fields, "subscriptions")
    formfield_overrides = METADATA
    fieldsets: ClassVar[Any] = (
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
        ("Subscriptions", {"fields": ("subscriptions",)}),
        ("Metadata", {"fields": ("metadata",)}),
        RECORD,
    )
    verbs = (
        Verb(
            "mark_inactive",
            "Mark inactive…",
            "marked inactive",
            mark(Customer.Status.INACTIVE),
            offered=lambda customer: customer.status == Customer.Status.ACTIVE,
        ),
        Verb(
            "mark_active",
            "Mark active…",
            "marked active",
            mark(Customer.Status.ACTIVE),
            offered=lambda customer: customer.status == Customer.Status.INACTIVE,
        ),
    )

    def search(self, queryset: Any, text: str) -> Any:
        return queryset.matching(text)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **given: Any) -> Any:
        """Under its heading, “Billing address city” is “City”."""
        field = super().formfield_for_dbfield(db_field, request, **given)
        if field is not None and db_field.name.startswith(ADDRESS):
            field.label = _label(db_field.name.removeprefix(ADDRESS))
        return field

    @admin.display(description="country")
    def country(self, customer: Customer) -> str | None:
        return customer.billing_address_country

    @admin.display(description="status")
    def state(self, customer: Customer) -> str:
        return badge(customer.status, customer.get_status_display())

    @admin.display(description="newest")
    def subscriptions(self, customer: Customer) -> str:
        """The newest ones, with links to all of them and to the form for another."""
        rows = Subscription.objects.filter(customer=customer)[:NEWEST]
        listed = format_html_join(
            "",
            "<li>{} {}</li>",
            (
                (link(row, row.plan_name), badge(row.status, row.get_status_display()))
                for row in rows
            ),
        )
        base = "admin:customers_subscription"
        return format_html(
            '<ul class="related">{}</ul><a href="{}?customer__id__exact={}">All</a> · '
            '<a href="{}?customer={}">Add one</a>',
            listed,
            reverse(f"{base}_changelist"),
            customer.pk,
            reverse(f"{base}_add"),
            customer.pk,
        )


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

    def search(self, queryset: Any, text: str) -> Any:
        return queryset.filter(Q(name__icontains=text) | Q(lookup_id=text))

    def forbidding(self, records: list[Plan]) -> list[str]:
        live = Subscription.objects.filter(plan__in=records).exclude(
            status=Subscription.Status.CANCELED
        )
        count = live[:1_000].count()
        return [f"{count:,} live subscriptions"] if count else []


class CancelForm(VerbForm):
    cancel_at_period_end = forms.BooleanField(
        required=False,
        label="At the end of the period",
        help_text="Until then it goes on; without this it ends now.",
    )


def cancel(
    subscription: Subscription, *, cancel_at_period_end: bool, reason: str
) -> None:
    at = subscription.organization.now()
    subscription.catch_up(at=at)
    subscription.cancel(
        at=at,
        cancel_at_period_end=cancel_at_period_end,
        reason=reason or None,
    )


def is_live(subscription: Subscription) -> bool:
    return subscription.status != Subscription.Status.CANCELED


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
    )
    kept = tuple(
        field.name
        for field in Subscription._meta.fields
        if not field.editable and field.name not in OwnedAdmin.readonly_fields
    )
    verbs = (Verb("cancel", "Cancel…", "canceled", cancel, CancelForm, is_live),)

    @admin.display(description="status")
    def state(self, subscription: Subscription) -> str:
        return badge(subscription.status, subscription.get_status_display())

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        first = ("external_id", *self.begun)
        if obj is None:
            return ((None, {"fields": (*first, "metadata")}),)
        return (
            (None, {"fields": ("organization", *first)}),
            ("State", {"fields": self.kept}),
            ("Metadata", {"fields": ("metadata",)}),
            RECORD,
        )

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
            options["widget"] = Suggest(db_field, self.admin_site, organization=owner)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def search(self, queryset: Any, text: str) -> Any:
        customers = Customer.objects.matching(text).values("pk")[:1_000]
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
    except forms.ValidationError:
        return None
