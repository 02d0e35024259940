"""The bodies of the batch endpoints: 1 to 500 operations, each validated by itself."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema_field

from fluxrate.api.serializers import BooleanField, ListField, StrictSerializer

from .operations import CustomerOperationSerializer, SubscriptionOperationSerializer
from .runs import Operation


@extend_schema_field(CustomerOperationSerializer(many=True))
class CustomerOperationsField(ListField):
    pass


@extend_schema_field(SubscriptionOperationSerializer(many=True))
class SubscriptionOperationsField(ListField):
    pass


OPERATIONS = "They happen one after another."
BOUNDS: Operation = {"min_length": 1, "max_length": 500}


class BatchSerializer(StrictSerializer):
    atomic = BooleanField(
        default=False, help_text="Change nothing if one operation fails (422)."
    )
    dry_run = BooleanField(
        default=False, help_text="Report the results, and change nothing."
    )


class CustomerBatchSerializer(BatchSerializer):
    example: ClassVar = {
        "operations": [
            {
                "op": "create",
                "data": {"name": "Acme Corp", "email": "billing@acme.com"},
            },
            {
                "op": "upsert",
                "external_id": "globex-1",
                "data": {"name": "Globex", "email": "billing@globex.com"},
            },
        ],
        "atomic": True,
    }
    operations = CustomerOperationsField(**BOUNDS, help_text=OPERATIONS)


class SubscriptionBatchSerializer(BatchSerializer):
    example: ClassVar = {
        "operations": [
            {
                "op": "cancel",
                "id": "0193b0c8-90aa-7e6f-b1c2-4d5e6f708192",
                "data": {"cancel_at_period_end": True},
            }
        ]
    }
    operations = SubscriptionOperationsField(**BOUNDS, help_text=OPERATIONS)
