"""What lists can be narrowed by."""

from typing import Any

import django_filters

from fluxrate.api.filters import FilterSet, TextFilter

from .models import Customer, Plan, Subscription

TIMES = ["gte", "gt", "lte", "lt"]


class CustomerFilter(FilterSet):
    email = TextFilter(lookup_expr="iexact")
    external_id = TextFilter()
    name = TextFilter()
    phone = TextFilter()
    billing_address_country = TextFilter(lookup_expr="iexact")
    billing_address_state = TextFilter()
    billing_address_city = TextFilter()
    billing_address_postal_code = TextFilter()
    search = TextFilter(method="searched")

    class Meta:
        model = Customer
        fields = {"status": ["exact"], "created_at": TIMES, "updated_at": TIMES}

    def searched(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.matching(value)


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

    class Meta:
        model = Subscription
        fields = {
            "status": ["exact"],
            "billing_interval": ["exact"],
            "created_at": TIMES,
            "updated_at": TIMES,
            "current_period_end": TIMES,
        }
