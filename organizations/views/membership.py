"""Members, and the organizations that a user is a member of."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from fluxrate.api.conditional import is_conditional
from fluxrate.api.views import StrictView
from fluxrate.api.viewsets import OwnedViewSet
from organizations.auth.authentication import member_caller
from organizations.auth.cookies import clear_cookies
from organizations.filters import MembershipFilter
from organizations.models import Membership
from organizations.serializers.membership import (
    MembershipSerializer,
    UserOrganizationSerializer,
)


class MembershipViewSet(OwnedViewSet):
    """Read, change and remove members. They join by invitation."""

    scope = "members"
    tag_description = "The users of the organization and their roles."
    security_logged = True
    queryset = Membership.objects.select_related("user", "organization")
    serializer_class = MembershipSerializer
    filterset_class = MembershipFilter
    conflicts: ClassVar = {
        **dict.fromkeys(("update", "partial_update", "destroy"), ("last_owner",)),
        "transfer_ownership": ["already_owner"],
    }

    def get_locked_object(self) -> Membership:
        """Lock the organization before the member, as every method of Membership does:
        two transactions that lock in different orders would deadlock.
        """
        self.request.auth.organization.lock()
        membership: Membership = super().get_locked_object()
        return membership

    @extend_schema(responses={204: None})
    def perform_destroy(self, instance: Membership) -> None:
        with self.transaction():
            instance.remove(by=member_caller(self.request).membership, at=now())

    @extend_schema(
        operation_id="transferOwnership",
        request=None,
        responses=MembershipSerializer,
    )
    def transfer_ownership(self, request: Request, pk: str) -> Response:
        """Transfer the ownership to another member

        The previous owner becomes an admin.
        """
        with self.transaction():
            conditional = is_conditional(request)
            member = self.get_locked_object() if conditional else self.get_object()
            member.receive_ownership(by=member_caller(request).membership)
        member.refresh_from_db(fields=["revision", "updated_at"])
        return self.object_response(member)


class LeaveView(StrictView):
    scope = "account"
    conflicts: ClassVar = {"delete": ["last_owner"]}

    @extend_schema(operation_id="leaveOrganization", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Leave the organization."""
        with self.transaction():
            member_caller(request).membership.leave(at=now())
        return clear_cookies(Response(status=status.HTTP_204_NO_CONTENT))


class UserOrganizationViewSet(ListModelMixin, GenericViewSet, StrictView):
    """The organizations that the user is a member of."""

    scope = "account"
    queryset = Membership.objects.select_related("organization")
    serializer_class = UserOrganizationSerializer
    ordering_fields = ["created_at"]
    paginator: Any

    def get_queryset(self) -> QuerySet[Membership]:
        rows = super().get_queryset().order_by("-id")
        return rows.filter(user=member_caller(self.request).membership.user)

    def known_parameters(self) -> set[str]:
        return {*self.paginator.parameters, *self.list_parameters()}

    def list_parameters(self) -> set[str]:
        return {"ordering"}

    @extend_schema(operation_id="listOwnOrganizations")
    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        """List the organizations of the user."""
        return super().list(request, *args, **kwargs)
