"""The caller's organization."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from fluxrate.api.conditional import ObjectResponse, refuse_stale
from fluxrate.api.views import StrictView
from organizations.models import Organization
from organizations.serializers import OrganizationSerializer


class OrganizationView(StrictView):
    tag_description = "The organization of the caller."
    scope = "organization"
    extra_error_statuses = (409, 412)
    security_logged = True

    def names_object(self) -> bool:
        return True

    @extend_schema(responses=OrganizationSerializer)
    def get(self, request: Any) -> Response:
        """Read the organization."""
        return _response(request.auth.organization)

    @extend_schema(request=OrganizationSerializer, responses=OrganizationSerializer)
    def patch(self, request: Any) -> Response:
        """Change the organization."""
        mine = Organization.objects.filter(pk=request.auth.organization.pk)
        with self.transaction():
            found = mine.select_for_update(no_key=True).get()
            refuse_stale(request, found)
            serializer = OrganizationSerializer(found, data=request.data, partial=True)
            serializer.is_valid(raise_exception=True)
            updated = serializer.save()
        return _response(updated)


def _response(organization: Organization) -> Response:
    data = OrganizationSerializer(organization).data
    return ObjectResponse(data, revision=organization.revision)
