"""The faces of customers, plans and subscriptions."""

from typing import Any, ClassVar

from rest_framework import serializers

from fluxrate.api.serializers import (
    BooleanField,
    OwnedRelatedField,
    StrictModelSerializer,
    StrictSerializer,
    TextField,
)

from .countries import CodeField
from .models import Customer, Plan, Subscription
from .models.metadata import KEYS, MetadataField, merged, validate_metadata


class CodeSerializerField(TextField):
    """A code of a published list, in upper case."""

    openapi: ClassVar = {"pattern": "^[A-Za-z]+$"}

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).upper()


class MetadataSerializerField(serializers.DictField):
    """A flat map of strings; in a change, it merges by key and null removes one."""

    openapi: ClassVar = {"maxProperties": KEYS}
    child = TextField(allow_null=True, allow_blank=True, max_length=500)
    default_error_messages = {"not_a_dict": "A flat map of strings is needed."}

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{
                name: value
                for name, value in options.items()
                if name not in {"decoder", "encoder", "validators"}
            }
        )

    def to_internal_value(self, data: Any) -> dict[str, str | None]:
        if isinstance(data, dict):
            validate_metadata(dict.fromkeys(data, ""))
        given: dict[str, str | None] = super().to_internal_value(data)
        return given


ORGANIZATION = "0193b0c4-11d8-7a51-9d0e-6c1f3b5a7e90"
CUSTOMER = "550e8400-e29b-41d4-a716-446655440000"
PLAN = "0193b0c6-5e02-7b3d-8a4c-2f9d1e6b8c30"
KEPT = {
    "metadata": {"crm": "C-1042"},
    "revision": 2,
    "created_at": "2025-01-01T00:00:00Z",
    "updated_at": "2025-01-15T10:30:00Z",
}


class RecordSerializer(StrictModelSerializer):
    serializer_field_mapping: ClassVar = (
        StrictModelSerializer.serializer_field_mapping
        | {CodeField: CodeSerializerField, MetadataField: MetadataSerializerField}
    )

    def validate_metadata(self, given: dict[str, str | None]) -> Any:
        """A new record keeps the keys that have a value; a change merges its own."""
        if self.instance is not None:
            return merged(given)
        return {key: text for key, text in given.items() if text is not None}


class CustomerSerializer(RecordSerializer):
    example: ClassVar = {
        "id": CUSTOMER,
        "organization_id": ORGANIZATION,
        "name": "Acme Corp",
        "email": "billing@acme.com",
        "external_id": "acme-corp-001",
        "phone": "+1-555-0100",
        "billing_address_line1": "123 Main St",
        "billing_address_line2": None,
        "billing_address_city": "San Francisco",
        "billing_address_state": "CA",
        "billing_address_country": "US",
        "billing_address_postal_code": "94105",
        "status": "ACTIVE",
        **KEPT,
    }

    class Meta:
        model = Customer
        fields = [
            "id",
            "organization_id",
            "name",
            "email",
            "external_id",
            "phone",
            "billing_address_line1",
            "billing_address_line2",
            "billing_address_city",
            "billing_address_state",
            "billing_address_country",
            "billing_address_postal_code",
            "status",
            "metadata",
            "revision",
            "created_at",
            "updated_at",
        ]
        validators: ClassVar[list[Any]] = []


class PlanSerializer(RecordSerializer):
    example: ClassVar = {
        "id": PLAN,
        "organization_id": ORGANIZATION,
        "name": "Professional",
        "lookup_id": "professional-monthly",
        "type": "FIXED",
        "billing_interval": "month",
        "currency": "USD",
        "trial_days": 14,
        "description": "For growing teams.",
        "is_active": True,
        **{name: value for name, value in KEPT.items() if name != "metadata"},
    }

    class Meta:
        model = Plan
        fields = [
            "id",
            "organization_id",
            "name",
            "lookup_id",
            "type",
            "billing_interval",
            "currency",
            "trial_days",
            "description",
            "is_active",
            "revision",
            "created_at",
            "updated_at",
        ]
        validators: ClassVar[list[Any]] = []


class SubscriptionSerializer(RecordSerializer):
    example: ClassVar = {
        "id": "0193b0c8-90aa-7e6f-b1c2-4d5e6f708192",
        "organization_id": ORGANIZATION,
        "customer_id": CUSTOMER,
        "plan_id": PLAN,
        "plan_name": "Professional",
        "external_id": "acme-subscription-1",
        "status": "ACTIVE",
        "billing_interval": "month",
        "start_date": "2025-01-15T00:00:00Z",
        "current_period_start": "2025-01-15T00:00:00Z",
        "current_period_end": "2025-02-15T00:00:00Z",
        "trial_end_date": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancel_reason": None,
        "ended_at": None,
        "paused_at": None,
        "resumes_at": None,
        **KEPT,
    }

    customer_id = OwnedRelatedField(queryset=Customer.objects.all(), source="customer")
    plan_id = OwnedRelatedField(
        queryset=Plan.objects.all(), source="plan", allow_null=False
    )
    plan_name = serializers.SerializerMethodField()

    class Meta:
        model = Subscription
        fields = [
            "id",
            "organization_id",
            "customer_id",
            "plan_id",
            "plan_name",
            "external_id",
            "status",
            "billing_interval",
            "start_date",
            "current_period_start",
            "current_period_end",
            "trial_end_date",
            "cancel_at_period_end",
            "canceled_at",
            "cancel_reason",
            "ended_at",
            "paused_at",
            "resumes_at",
            "metadata",
            "revision",
            "created_at",
            "updated_at",
        ]
        read_only_fields: ClassVar = [
            "status",
            "current_period_start",
            "current_period_end",
            "cancel_at_period_end",
            "canceled_at",
            "cancel_reason",
            "ended_at",
            "paused_at",
            "resumes_at",
        ]
        extra_kwargs: ClassVar = {
            "billing_interval": {"required": False},
            "start_date": {"required": False},
        }
        validators: ClassVar[list[Any]] = []

    def get_plan_name(self, subscription: Subscription) -> str:
        return subscription.plan.name if subscription.plan else subscription.plan_name

    def create(self, validated_data: dict[str, Any]) -> Subscription:
        return Subscription.begin(at=self.context["at"], **validated_data)


class SubscriptionChangeSerializer(SubscriptionSerializer):
    """What may be changed by hand; the rest changes by an action."""

    class Meta(SubscriptionSerializer.Meta):
        read_only_fields: ClassVar = [
            *SubscriptionSerializer.Meta.read_only_fields,
            "billing_interval",
            "start_date",
            "trial_end_date",
        ]

    customer_id = serializers.UUIDField(read_only=True)  # type: ignore[assignment]
    plan_id = serializers.UUIDField(read_only=True)  # type: ignore[assignment]


class CancelSerializer(StrictSerializer):
    example: ClassVar = {"cancel_at_period_end": True, "reason": "Moved elsewhere."}

    cancel_at_period_end = BooleanField(default=False)
    reason = TextField(max_length=500, required=False, allow_null=True)
