"""What lists can be narrowed by."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError

from fluxrate.api.filters import (
    BooleanFilter,
    ChoiceField,
    ChoiceFilter,
    EmailFilter,
    FilterSet,
    ListFilter,
    MapFilter,
    PhoneFilter,
    TextField,
    TextFilter,
)

from .models import Customer, Plan, Subscription
from .models.customer import OPTIONAL
from .search.terms import MAX_LENGTH, Terms

TIMES = ["gte", "gt", "lte", "lt"]


class SearchField(TextField):
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        terms = Terms(text)
        if len(terms.text) > MAX_LENGTH:
            raise ValidationError(f"At most {MAX_LENGTH} characters are searched for.")
        if text and not terms.required:
            raise ValidationError("A letter, a digit or another sign is needed.")
        return text


class SearchFilter(TextFilter):
    """Words in any order, over name, email, external_id and phone; best match first."""

    field_class = SearchField

    def filter(self, qs: Any, value: str) -> Any:
        """All rows: the view searches them, which ranks and counts the matches."""
        return qs


class CustomerFilter(FilterSet):
    """Every filter is served by an index; see benchmarks/growth/plans.py."""

    email = EmailFilter(lookup_expr="iexact")
    external_id = TextFilter()
    name = TextFilter(method="with_name")
    phone = PhoneFilter()
    billing_address_country = TextFilter(method="in_country")
    billing_address_state = TextFilter()
    billing_address_city = TextFilter()
    billing_address_postal_code = TextFilter()
    id__in = ListFilter(forms.UUIDField(), field_name="id")
    external_id__in = ListFilter(
        TextField(),
        field_name="external_id",
        help_text="A value with a comma is put in double quotes.",
    )
    metadata = MapFilter(
        help_text="`key:value`; all of several. `metadata[key]=value` means the same."
    )
    missing = ListFilter(
        ChoiceField(choices=[(name, name) for name in OPTIONAL]), method="lacking"
    )
    subscription_status = ChoiceFilter(
        choices=Subscription.Status.choices, method="subscribed"
    )
    search = SearchFilter()

    class Meta:
        model = Customer
        fields = {"status": ["exact"], "created_at": TIMES, "updated_at": TIMES}

    def with_name(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.named(value)

    def lacking(self, queryset: Any, name: str, value: list[str]) -> Any:
        return queryset.missing(value)

    def in_country(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(billing_address_country=value.upper())

    def subscribed(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.subscribed(value)


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
    plan_id = django_filters.UUIDFilter()
    external_id = TextFilter()
    due = BooleanFilter(method="due_or_not", help_text="Whether `due_at` has passed.")

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

    def due_or_not(self, queryset: Any, name: str, value: bool) -> Any:
        at = self.request.auth.organization.now()
        return queryset.due(at=at) if value else queryset.not_due(at=at)
