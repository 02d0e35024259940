"""The parameters of lists. Written from openapi.yaml; do not edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypedDict

from .models import (
    BillingInterval,
    CustomerInclude,
    CustomerMissing,
    CustomerOrdering,
    CustomerStatus,
    PlanOrdering,
    PlanType,
    SubscriptionInclude,
    SubscriptionOrdering,
    SubscriptionStatus,
)


class CustomersQuery(TypedDict, total=False):
    after: str
    billing_address_city: str
    billing_address_country: str
    billing_address_postal_code: str
    billing_address_state: str
    created_at__gt: str | datetime
    created_at__gte: str | datetime
    created_at__lt: str | datetime
    created_at__lte: str | datetime
    email: str
    external_id: str
    external_id__in: str | Sequence[str]
    id__in: str | Sequence[str]
    include: CustomerInclude | Sequence[CustomerInclude]
    metadata: str | Sequence[str] | Mapping[str, str]
    missing: CustomerMissing | Sequence[CustomerMissing]
    name: str
    ordering: CustomerOrdering | Sequence[CustomerOrdering]
    page: int
    page_size: int
    phone: str
    search: str
    status: CustomerStatus | Sequence[CustomerStatus]
    subscription_status: SubscriptionStatus | Sequence[SubscriptionStatus]
    updated_at__gt: str | datetime
    updated_at__gte: str | datetime
    updated_at__lt: str | datetime
    updated_at__lte: str | datetime


class EventsQuery(TypedDict, total=False):
    actor: str
    after: str
    batch_id: str
    created_at__gt: str | datetime
    created_at__gte: str | datetime
    created_at__lt: str | datetime
    created_at__lte: str | datetime
    object_id: str
    object_type: str
    page: int
    page_size: int
    request_id: str
    type: str | Sequence[str]


class PlansQuery(TypedDict, total=False):
    after: str
    billing_interval: BillingInterval | Sequence[BillingInterval]
    created_at__gt: str | datetime
    created_at__gte: str | datetime
    created_at__lt: str | datetime
    created_at__lte: str | datetime
    currency: str
    is_active: bool
    lookup_id: str
    name: str
    ordering: PlanOrdering | Sequence[PlanOrdering]
    page: int
    page_size: int
    type: PlanType | Sequence[PlanType]
    updated_at__gt: str | datetime
    updated_at__gte: str | datetime
    updated_at__lt: str | datetime
    updated_at__lte: str | datetime


class SubscriptionsQuery(TypedDict, total=False):
    after: str
    billing_interval: BillingInterval | Sequence[BillingInterval]
    cancel_at_period_end: bool
    created_at__gt: str | datetime
    created_at__gte: str | datetime
    created_at__lt: str | datetime
    created_at__lte: str | datetime
    current_period_end__gt: str | datetime
    current_period_end__gte: str | datetime
    current_period_end__lt: str | datetime
    current_period_end__lte: str | datetime
    customer_external_id: str
    customer_id: str
    due: bool
    external_id: str
    include: SubscriptionInclude | Sequence[SubscriptionInclude]
    ordering: SubscriptionOrdering | Sequence[SubscriptionOrdering]
    page: int
    page_size: int
    plan_id: str
    status: SubscriptionStatus | Sequence[SubscriptionStatus]
    updated_at__gt: str | datetime
    updated_at__gte: str | datetime
    updated_at__lt: str | datetime
    updated_at__lte: str | datetime
