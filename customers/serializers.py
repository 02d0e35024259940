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
from .models.metadata import MetadataField, validate_metadata


class CodeSerializerField(TextField):
    """A code of a published list, in upper case."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).upper()


class MetadataSerializerField(serializers.DictField):
    """A flat map of strings; in a change, it merges by key and null removes one."""

    child = TextField(allow_null=True, allow_blank=True, max_length=500)

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{
                name: value
                for name, value in options.items()
                if name not in {"decoder", "encoder", "validators"}
            }
        )

    def to_internal_value(self, data: Any) -> dict[str, str | None]:
        given: dict[str, str | None] = super().to_internal_value(data)
        validate_metadata(
            {key: text for key, text in given.items() if text is not None}
        )
        return given


class RecordSerializer(StrictModelSerializer):
    serializer_field_mapping: ClassVar = (
        StrictModelSerializer.serializer_field_mapping
        | {CodeField: CodeSerializerField, MetadataField: MetadataSerializerField}
    )


class CustomerSerializer(RecordSerializer):
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
    cancel_at_period_end = BooleanField(default=False)
    reason = TextField(max_length=500, required=False, allow_null=True)
