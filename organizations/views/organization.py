from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fluxrate.api.conditional import ObjectResponse, refuse_stale
from fluxrate.api.views import StrictView
from organizations.models import Organization
from organizations.serializers.organization import OrganizationSerializer


class OrganizationView(StrictView):
    tag_description = "The organization of the caller."
    scope = "organization"
    extra_error_statuses = (412,)
    conflicts: ClassVar = {"patch": ["test_from_the_start", "test_for_good"]}
    security_logged = True

    def names_object(self) -> bool:
        return True

    @extend_schema(operation_id="getOrganization", responses=OrganizationSerializer)
    def get(self, request: Request) -> Response:
        """Read the caller's organization."""
        return _response(self.request.auth.organization)

    @extend_schema(
        operation_id="updateOrganization",
        request=OrganizationSerializer,
        responses=OrganizationSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Change the organization."""
        rows = Organization.objects.select_for_update(no_key=True)
        with self.transaction():
            organization = rows.get(pk=self.request.auth.organization.pk)
            refuse_stale(request, organization)
            serializer = OrganizationSerializer(
                organization, data=request.data, partial=True
            )
            serializer.is_valid(raise_exception=True)
            updated = serializer.save()
        return _response(updated)


def _response(organization: Organization) -> Response:
    data = OrganizationSerializer(organization).data
    return ObjectResponse(data, revision=organization.revision)
