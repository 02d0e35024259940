"""The objects of the API. Written from openapi.yaml; do not edit."""

from __future__ import annotations

from typing import Generic, Literal, NotRequired, TypedDict, TypeVar

Item = TypeVar("Item")


class PageMeta(TypedDict):
    page: int | None
    page_size: int
    total: int
    total_pages: int
    next: str | None


class Page(TypedDict, Generic[Item]):
    data: list[Item]
    meta: PageMeta


ActionTiming = Literal["now", "period_end"]
BillingInterval = Literal["day", "week", "month", "year"]
CustomerInclude = Literal["subscription_counts", "subscriptions"]
CustomerMatch = Literal["email", "external_id"]
CustomerMissing = Literal["external_id", "phone", "billing_address_line1", "billing_address_line2", "billing_address_city", "billing_address_state", "billing_address_country", "billing_address_postal_code"]
CustomerOperationOp = Literal["create", "update", "upsert", "delete"]
CustomerOrdering = Literal["name", "-name", "email", "-email", "external_id", "-external_id", "created_at", "-created_at", "updated_at", "-updated_at"]
CustomerStatus = Literal["ACTIVE", "INACTIVE"]
FieldErrorCode = str
PlanOrdering = Literal["name", "-name", "lookup_id", "-lookup_id", "created_at", "-created_at", "updated_at", "-updated_at"]
PlanType = Literal["FIXED", "USAGE", "HYBRID"]
SubscriptionAction = Literal["cancel", "uncancel", "pause", "resume", "mark-past-due", "mark-paid", "activate", "extend-trial", "change-plan", "remove-scheduled-change"]
SubscriptionInclude = Literal["customer", "plan", "unavailable_actions"]
SubscriptionOrdering = Literal["current_period_end", "-current_period_end", "start_date", "-start_date", "created_at", "-created_at", "updated_at", "-updated_at"]
SubscriptionStatus = Literal["TRIAL", "ACTIVE", "PAST_DUE", "PAUSED", "CANCELED"]


class Customer(TypedDict):
    id: str
    organization_id: str
    name: str
    email: str
    external_id: str | None
    phone: str | None
    billing_address_line1: str | None
    billing_address_line2: str | None
    billing_address_city: str | None
    billing_address_state: str | None
    billing_address_country: str | None
    billing_address_postal_code: str | None
    status: CustomerStatus
    metadata: dict[str, str]
    subscription_counts: NotRequired[dict[str, int]]
    subscriptions: NotRequired[list[CustomerSubscription]]
    revision: int
    created_at: str
    updated_at: str
    matched_on: NotRequired[list[dict[str, object]]]


class Plan(TypedDict):
    id: str
    organization_id: str
    name: str
    lookup_id: str | None
    type: PlanType
    billing_interval: BillingInterval
    currency: str
    trial_days: int
    description: str | None
    is_active: bool
    revision: int
    created_at: str
    updated_at: str


class Subscription(TypedDict):
    id: str
    organization_id: str
    customer_id: str
    plan_id: str | None
    plan_name: str
    customer: NotRequired[Customer]
    plan: NotRequired[Plan | None]
    external_id: str | None
    status: SubscriptionStatus
    billing_interval: BillingInterval
    billing_anchor: str
    start_date: str
    current_period_start: str
    current_period_end: str
    trial_end_date: str | None
    cancel_at_period_end: bool
    canceled_at: str | None
    cancel_reason: str | None
    ended_at: str | None
    paused_at: str | None
    resumes_at: str | None
    due_at: str | None
    scheduled_change: ScheduledChange | None
    available_actions: list[AvailableAction]
    unavailable_actions: NotRequired[list[UnavailableAction]]
    metadata: dict[str, str]
    revision: int
    created_at: str
    updated_at: str


class Event(TypedDict):
    id: str
    type: str
    object_type: str
    object_id: str | None
    revision: int | None
    actor: str
    request_id: str
    reason: str
    batch_id: str | None
    changes: dict[str, list[object]]
    data: dict[str, object]
    created_at: str


class FieldError(TypedDict):
    field: str
    code: FieldErrorCode
    message: str


class NewCustomer(TypedDict):
    name: str
    email: str
    external_id: NotRequired[str | None]
    phone: NotRequired[str | None]
    billing_address_line1: NotRequired[str | None]
    billing_address_line2: NotRequired[str | None]
    billing_address_city: NotRequired[str | None]
    billing_address_state: NotRequired[str | None]
    billing_address_country: NotRequired[str | None]
    billing_address_postal_code: NotRequired[str | None]
    status: NotRequired[CustomerStatus]
    metadata: NotRequired[dict[str, str | None]]


class CustomerFields(TypedDict):
    name: NotRequired[str]
    email: NotRequired[str]
    external_id: NotRequired[str | None]
    phone: NotRequired[str | None]
    billing_address_line1: NotRequired[str | None]
    billing_address_line2: NotRequired[str | None]
    billing_address_city: NotRequired[str | None]
    billing_address_state: NotRequired[str | None]
    billing_address_country: NotRequired[str | None]
    billing_address_postal_code: NotRequired[str | None]
    status: NotRequired[CustomerStatus]
    metadata: NotRequired[dict[str, str | None]]


class NewPlan(TypedDict):
    name: str
    lookup_id: NotRequired[str | None]
    type: NotRequired[PlanType]
    billing_interval: NotRequired[BillingInterval]
    currency: NotRequired[str]
    trial_days: NotRequired[int]
    description: NotRequired[str | None]
    is_active: NotRequired[bool]


class PlanFields(TypedDict):
    name: NotRequired[str]
    lookup_id: NotRequired[str | None]
    type: NotRequired[PlanType]
    billing_interval: NotRequired[BillingInterval]
    currency: NotRequired[str]
    trial_days: NotRequired[int]
    description: NotRequired[str | None]
    is_active: NotRequired[bool]


class NewSubscription(TypedDict):
    customer_id: str
    plan_id: str
    external_id: NotRequired[str | None]
    billing_interval: NotRequired[BillingInterval]
    billing_anchor: NotRequired[str]
    start_date: NotRequired[str]
    trial_end_date: NotRequired[str | None]
    metadata: NotRequired[dict[str, str | None]]


class GetOrCreateCustomer(TypedDict):
    match: CustomerMatch
    name: str
    email: str
    external_id: NotRequired[str | None]
    phone: NotRequired[str | None]
    billing_address_line1: NotRequired[str | None]
    billing_address_line2: NotRequired[str | None]
    billing_address_city: NotRequired[str | None]
    billing_address_state: NotRequired[str | None]
    billing_address_country: NotRequired[str | None]
    billing_address_postal_code: NotRequired[str | None]
    status: NotRequired[CustomerStatus]
    metadata: NotRequired[dict[str, str | None]]


class CustomerBatch(TypedDict):
    atomic: NotRequired[bool]
    dry_run: NotRequired[bool]
    operations: list[CustomerOperation]


class CustomerOperation(TypedDict):
    id: NotRequired[str]
    revision: NotRequired[int]
    data: NotRequired[dict[str, object]]
    op: CustomerOperationOp
    external_id: NotRequired[str]


class CustomerBatchResult(TypedDict):
    data: list[CustomerResult]
    meta: CustomerMeta


class SubscriptionBatch(TypedDict):
    atomic: NotRequired[bool]
    dry_run: NotRequired[bool]
    operations: list[SubscriptionOperation]


class SubscriptionOperation(TypedDict):
    id: str
    revision: NotRequired[int]
    data: NotRequired[dict[str, object]]
    op: SubscriptionAction


class SubscriptionBatchResult(TypedDict):
    data: list[SubscriptionResult]
    meta: SubscriptionMeta


class CustomerSubscription(TypedDict):
    id: str
    plan_id: str | None
    plan_name: str
    status: SubscriptionStatus
    current_period_end: str
    cancel_at_period_end: bool


class ScheduledChange(TypedDict):
    plan_id: str
    plan_name: str
    billing_interval: BillingInterval
    at: str | None


class AvailableAction(TypedDict):
    name: SubscriptionAction
    needs: list[str]
    takes: list[str]
    when: list[ActionTiming]


class UnavailableAction(TypedDict):
    name: SubscriptionAction
    code: str
    reason: str


class CustomerResult(TypedDict):
    index: int
    status: int
    code: str | None
    errors: list[FieldError]
    data: Customer | None


class CustomerMeta(TypedDict):
    failed: int
    dry_run: bool
    batch_id: str | None
    created: int
    updated: int
    unchanged: int
    deleted: int


class SubscriptionResult(TypedDict):
    index: int
    status: int
    code: str | None
    errors: list[FieldError]
    data: Subscription | None


class SubscriptionMeta(TypedDict):
    failed: int
    dry_run: bool
    batch_id: str | None
    updated: int
