from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from fluxrate.api.conditional import ObjectResponse, refuse_stale
from fluxrate.api.serializers import StrictSerializer
from fluxrate.api.views import StrictView
from fluxrate.history.deletion_preview import PendingDeletion
from fluxrate.history.deletion_preview_serializers import DeletionPreviewSerializer
from fluxrate.history.deletion_preview_view import CONFIRM
from organizations.auth.authentication import member_caller
from organizations.auth.cookies import clear_cookies
from organizations.models import Organization
from organizations.serializers.organization import OrganizationSerializer


class OrganizationView(StrictView):
    tag_description = "The organization of the caller."
    scope = "organization"
    extra_error_statuses = (412,)
    conflicts: ClassVar = {"patch": ["test_from_the_start", "test_for_good"]}
    extra_parameters: ClassVar = {"delete": {"confirm"}}
    security_logged = True

    def names_object(self) -> bool:
        return True

    def known_parameters(self) -> set[str]:
        return self.extra_parameters.get(str(self.request.method).lower(), set())

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

    @extend_schema(
        operation_id="deleteOrganization", parameters=[CONFIRM], responses={204: None}
    )
    def delete(self, request: Request) -> Response:
        """Close the organization

        Deletes it with all that belongs to it, and ends all logins and API keys. Only
        an owner may, and only with the token of a preview. Staff can restore it, apart
        from API keys and logins.
        """
        with self.transaction():
            pending = _pending(request)
            refuse_stale(request, pending.instance)
            token = request.query_params.get("confirm")
            event = pending.delete(token, is_required=True)
        headers = {"Deletion-Id": str(event.position.id())}
        response = Response(status=status.HTTP_204_NO_CONTENT, headers=headers)
        return clear_cookies(response)


class OrganizationPreviewView(StrictView):
    scope = "organization"
    supports_idempotency = False

    @extend_schema(
        operation_id="previewOrganizationDeletion",
        request=None,
        responses=DeletionPreviewSerializer,
    )
    def post(self, request: Request) -> Response:
        """Preview the closing of the organization

        As `POST /customers/{id}/deletion-preview`, for an owner.
        """
        StrictSerializer(data=request.data).is_valid(raise_exception=True)
        with self.transaction():
            return Response(_pending(request).preview())


def _pending(request: Request) -> PendingDeletion:
    """The closing by the caller, who must be an owner; the organization is locked."""
    caller = member_caller(request)
    caller.membership.require_owner()
    organization = Organization.objects.get(pk=caller.organization.pk)
    return PendingDeletion(organization, str(caller), organization)


def _response(organization: Organization) -> Response:
    data = OrganizationSerializer(organization).data
    return ObjectResponse(data, revision=organization.revision)
