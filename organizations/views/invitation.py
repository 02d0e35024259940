"""Invitations over HTTP."""

from typing import Any

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.response import Response

from fluxrate.api.viewsets import OwnedViewSet
from fluxrate.postgres.attribution import atomic_as
from organizations.auth.authentication import member_access
from organizations.auth.cookies import set_cookies
from organizations.auth.mail import after, send_invitation
from organizations.auth.throttling import LINK, bound, bound_invitation
from organizations.auth.tokens import now
from organizations.filters import InvitationFilter
from organizations.models import Invitation, Session, Ticket, User
from organizations.serializers import (
    AcceptInvitationSerializer,
    InvitationSerializer,
    SessionSerializer,
)

from .base import PublicView
from .session import session_data, wrong_credentials


class InvitationViewSet(OwnedViewSet):
    tag_description = "Invitations to join the organization."
    scope = "invitations"
    security_logged = True
    queryset = Invitation.objects.all()
    serializer_class = InvitationSerializer
    filterset_class = InvitationFilter
    http_method_names = ["get", "post", "delete", "head", "options"]

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "at": now()}

    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Invite an email address

        The invitation replaces an earlier one. Its link is sent by email.
        """
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        by = request.auth.membership
        bound_invitation(request, by, serializer.validated_data["email"])
        with self.transaction():
            invitation, secret = Invitation.invite(
                by=by, at=now(), **serializer.validated_data
            )
        data = self.get_serializer(invitation).data
        response = self.created_response(data, invitation)
        return after(response, lambda: send_invitation(invitation, secret))


class AcceptInvitationView(PublicView):
    extra_error_statuses = (401, 409)

    @extend_schema(
        request=AcceptInvitationSerializer, responses={201: SessionSerializer}
    )
    def post(self, request: Any) -> Response:
        """Accept an invitation with the link from the email, and log in

        A new user chooses a password. An existing user sends the password, or is
        logged in already.
        """
        serializer = AcceptInvitationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        bound(request, "link", LINK)
        given = serializer.validated_data
        user = self._joining(given)
        with atomic_as(f"user:{user.pk}"):
            invitation = Invitation.redeem(given["token"], at=now())
            if not user.keep():
                raise wrong_credentials()
            user.confirm_email(at=now())
            membership = invitation.accept(user)
            session, token = Session.begin(membership, at=now())
        response = Response(session_data(membership), status=status.HTTP_201_CREATED)
        return set_cookies(response, session, token)

    def _joining(self, given: dict[str, Any]) -> User:
        """The user of the invited address, known by password or cookie; or a new one.

        Passwords are checked before the transaction: a failure must be counted.
        """
        ticket = Ticket.objects.presented(
            given["token"], Ticket.Purpose.INVITATION, at=now()
        ).first()
        if ticket is None:
            raise Ticket.NotValid
        email, password = ticket.email, given.get("password")
        if not User.objects.filter(email=email).exists():
            return AcceptInvitationSerializer.new_user(
                email, given.get("name"), password
            )
        if password is not None:
            user = authenticate(self.request, username=email, password=password)
        elif access := member_access(self.request):
            user = access.membership.user
        else:
            user = None
        if not isinstance(user, User) or user.email != email:
            raise AuthenticationFailed(
                f"Log in as {email}, or give that account's password.",
                "wrong_credentials",
            )
        return user
