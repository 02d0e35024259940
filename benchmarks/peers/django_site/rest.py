"""Django REST framework as its tutorial has it."""

from rest_framework import serializers, viewsets

from .models import Customer


class CustomerSerializer(serializers.ModelSerializer):
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
            "created_at",
            "updated_at",
        ]


class CustomerViewSet(viewsets.ModelViewSet):
    serializer_class = CustomerSerializer
    search_fields = ["name", "email", "external_id", "phone"]

    def get_queryset(self):
        return Customer.objects.filter(organization=self.request.user.organization_id)

    def perform_create(self, serializer):
        serializer.save(organization_id=self.request.user.organization_id)
