from typing import ClassVar

from rest_framework import serializers

from customers.models.customer import CustomerMatch
from fluxrate.api.serializers import ChoiceField

from .customer import CustomerSerializer


class GetOrCreateCustomerSerializer(CustomerSerializer):
    """A new customer, and the field that identifies an existing one."""

    example: ClassVar = {
        "match": "email",
        "name": "Acme Corp",
        "email": "billing@acme.com",
    }

    match = ChoiceField(
        choices=CustomerMatch.choices,
        write_only=True,
        help_text="The field that identifies an existing customer.",
    )

    class Meta(CustomerSerializer.Meta):
        fields = ["match", *CustomerSerializer.Meta.fields]

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        if attrs.get(str(attrs["match"])) is None:
            message = "This field is required to find the customer."
            raise serializers.ValidationError(
                {str(attrs["match"]): message}, "required"
            )
        return attrs
