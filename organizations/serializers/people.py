"""The faces of organizations and the people in them."""

from fluxrate.api.serializers import StrictModelSerializer
from organizations.models import Organization, User


class UserSerializer(StrictModelSerializer):
    class Meta:
        model = User
        fields = ["id", "email", "name", "created_at"]


class OrganizationSerializer(StrictModelSerializer):
    class Meta:
        model = Organization
        fields = ["id", "name", "created_at", "updated_at"]
