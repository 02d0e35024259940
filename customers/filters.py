"""The filters of the lists of customers, plans and subscriptions."""

import django_filters
from django import forms
from django.core.exceptions import ValidationError

from fluxrate.api.filters import (
    BooleanFilter,
    ChoiceField,
    ChoicesFilter,
    EmailFilter,
    FilterSet,
    ListFilter,
    MapFilter,
    PhoneFilter,
    TextField,
    TextFilter,
)

from .models import Customer, Plan, Subscription
from .models.customer import OPTIONAL, CustomerQuerySet
from .models.subscription_queryset import SubscriptionQuerySet
from .search.terms import MAX_LENGTH, Terms

TIMES = ["gte", "gt", "lte", "lt"]


class SearchField(TextField):
    def to_python(self, value: object) -> str:
        text = super().to_python(value)
        terms = Terms(text)
        if len(terms.text) > MAX_LENGTH:
            raise ValidationError(f"At most {MAX_LENGTH} characters are searched for.")
        if text and not terms.required:
            raise ValidationError("A letter, a digit or another sign is needed.")
        return text


class SearchFilter(TextFilter):
    """Words in any order, in name, email, external_id and phone; best match first."""

    field_class = SearchField

    def filter(self, qs: CustomerQuerySet, value: str) -> CustomerQuerySet:
        """All rows: the view searches them, to rank and count the matches."""
        return qs


class CustomerFilter(FilterSet):
    """Every filter is served by an index; see benchmarks/growth/plans.py."""

    email = EmailFilter(lookup_expr="iexact")
    external_id = TextFilter()
    name = TextFilter(method="filter_name")
    phone = PhoneFilter()
    billing_address_country = TextFilter(method="filter_country")
    billing_address_state = TextFilter()
    billing_address_city = TextFilter()
    billing_address_postal_code = TextFilter()
    id__in = ListFilter(forms.UUIDField(), field_name="id")
    external_id__in = ListFilter(
        TextField(),
        field_name="external_id",
        help_text="A value with a comma needs double quotes.",
    )
    metadata = MapFilter(
        help_text="`key:value`; all of several pairs must match. "
        "`metadata[key]=value` means the same."
    )
    missing = ListFilter(
        ChoiceField(choices=[(name, name) for name in OPTIONAL]),
        method="filter_missing",
    )
    subscription_status = ChoicesFilter(
        choices=Subscription.Status.choices, method="filter_subscription_status"
    )
    search = SearchFilter()

    class Meta:
        model = Customer
        fields = {"status": ["exact"], "created_at": TIMES, "updated_at": TIMES}

    def filter_name(
        self, queryset: CustomerQuerySet, name: str, value: str
    ) -> CustomerQuerySet:
        return queryset.with_name(value)

    def filter_missing(
        self, queryset: CustomerQuerySet, name: str, value: list[str]
    ) -> CustomerQuerySet:
        return queryset.missing(value)

    def filter_country(
        self, queryset: CustomerQuerySet, name: str, value: str
    ) -> CustomerQuerySet:
        return queryset.filter(billing_address_country=value.upper())

    def filter_subscription_status(
        self, queryset: CustomerQuerySet, name: str, value: list[str]
    ) -> CustomerQuerySet:
        return queryset.filter(Subscription.objects.exists_for_customer(value))


class PlanFilter(FilterSet):
    lookup_id = TextFilter()
    name = TextFilter()

    class Meta:
        model = Plan
        fields = {
            "type": ["exact"],
            "billing_interval": ["exact"],
            "currency": ["exact"],
            "is_active": ["exact"],
            "created_at": TIMES,
            "updated_at": TIMES,
        }


class SubscriptionFilter(FilterSet):
    customer_id = django_filters.UUIDFilter()
    customer_external_id = TextFilter(method="filter_customer_external_id")
    plan_id = django_filters.UUIDFilter()
    external_id = TextFilter()
    due = BooleanFilter(method="filter_due", help_text="Whether `due_at` has passed.")

    class Meta:
        model = Subscription
        fields = {
            "status": ["exact"],
            "billing_interval": ["exact"],
            "created_at": TIMES,
            "updated_at": TIMES,
            "cancel_at_period_end": ["exact"],
            "current_period_end": TIMES,
        }

    def filter_customer_external_id(
        self, queryset: SubscriptionQuerySet, name: str, value: str
    ) -> SubscriptionQuerySet:
        organization = self.request.auth.organization
        customers = Customer.objects.owned_by(organization).filter(external_id=value)
        return queryset.filter(customer__in=customers.order_by().values("pk"))

    def filter_due(
        self, queryset: SubscriptionQuerySet, name: str, value: bool
    ) -> SubscriptionQuerySet:
        at = self.request.auth.organization.now()
        return queryset.due(at=at) if value else queryset.not_due(at=at)
