from typing import Any, ClassVar

from django.utils.timezone import now

from fluxrate.api.serializers import StrictModelSerializer
from organizations.models import Organization


class OrganizationSerializer(StrictModelSerializer):
    example: ClassVar = {
        "id": "0193b0c4-11d8-7a51-9d0e-6c1f3b5a7e90",
        "name": "Acme",
        "is_test": False,
        "clock_at": None,
        "require_deletion_preview": False,
        "restore_days": 30,
        "revision": 1,
        "created_at": "2025-01-01T00:00:00Z",
        "updated_at": "2025-01-15T10:30:00Z",
    }

    class Meta:
        model = Organization
        fields = [
            "id",
            "name",
            "is_test",
            "clock_at",
            "require_deletion_preview",
            "restore_days",
            "revision",
            "created_at",
            "updated_at",
        ]

    def update(
        self, instance: Organization, validated_data: dict[str, Any]
    ) -> Organization:
        if "is_test" in validated_data:
            clock_at = instance.clock_after(is_test=validated_data["is_test"], at=now())
            validated_data = validated_data | {"clock_at": clock_at}
        organization: Organization = super().update(instance, validated_data)
        return organization
