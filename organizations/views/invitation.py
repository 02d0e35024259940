"""Invitations over HTTP."""

from typing import Any, ClassVar

from django.contrib.auth import authenticate
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response

from fluxrate.api.viewsets import OwnedViewSet
from fluxrate.postgres.attribution import atomic_as
from organizations.auth.authentication import cookie_caller, member_caller
from organizations.auth.throttling import LINK, throttle, throttle_invitation
from organizations.filters import InvitationFilter
from organizations.models import Email, Invitation, Ticket, User
from organizations.serializers.invitation import (
    AcceptInvitationSerializer,
    InvitationSerializer,
)
from organizations.serializers.session import SessionSerializer
from organizations.serializers.user import refuse_weak

from .base import PublicView
from .session import session_response, wrong_credentials


def _new_user(email: str, name: str | None, password: str | None) -> User:
    if password is None:
        raise serializers.ValidationError(
            {"password": "Choose a password for your account."}, "required"
        )
    refuse_weak(password, User(email=email, name=name), field="password")
    return User.with_password(password, email=email, name=name)


class InvitationViewSet(OwnedViewSet):
    scope = "invitations"
    tag_description = "Invitations to join the organization."
    security_logged = True
    queryset = Invitation.objects.all()
    serializer_class = InvitationSerializer
    filterset_class = InvitationFilter
    conflicts: ClassVar = {
        "create": ["already_a_member", "already_invited", "too_many_invitations"]
    }
    # An invitation expires.
    has_entity_tag = False
    http_method_names = ["get", "post", "delete", "head", "options"]

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "at": now()}

    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Invite an email address

        The invitation replaces an earlier one. Its link is sent by email.
        """
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        by = member_caller(request).membership
        throttle_invitation(request, by, serializer.validated_data["email"])
        with self.transaction():
            invitation = Invitation.invite(by=by, at=now(), **serializer.validated_data)
            Email.objects.create(
                purpose=Ticket.Purpose.INVITATION, invitation=invitation
            )
        return self.created_response(self.get_serializer(invitation).data, invitation)


class AcceptInvitationView(PublicView):
    extra_error_statuses = (401,)
    conflicts: ClassVar = {"post": ["already_a_member"]}
    unprocessable: ClassVar = {"post": ["invalid_link"]}

    @extend_schema(
        operation_id="acceptInvitation",
        request=AcceptInvitationSerializer,
        responses={201: SessionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Accept an invitation with the link from the email, and log in

        A new user chooses a password. An existing user sends the password, or is
        logged in already.
        """
        serializer = AcceptInvitationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        throttle(request, "link", LINK)
        data = serializer.validated_data
        user = self._invited_user(**data)
        with atomic_as(f"user:{user.pk}"):
            invitation = Ticket.redeem_invitation(data["token"], at=now())
            if not user.save_or_lock():
                raise wrong_credentials()
            user.confirm_email(at=now())
            membership = invitation.accept(user)
            begun = membership.begin_session(at=now())
        return session_response(membership, *begun, status=status.HTTP_201_CREATED)

    def _invited_user(
        self, token: str, name: str | None = None, password: str | None = None
    ) -> User:
        """The authenticated user of the invited address, or a new one, not saved yet.

        Passwords are checked before the transaction: a failed attempt must count.
        """
        purpose = Ticket.Purpose.INVITATION
        ticket = Ticket.objects.valid(token, purpose, at=now()).first()
        if ticket is None:
            raise Ticket.NotValid
        email = ticket.email
        if not User.objects.filter(email=email).exists():
            return _new_user(email, name, password)
        user = self._authenticated(email, password)
        if user is None or user.email != email:
            raise AuthenticationFailed(
                f"Log in as {email}, or send that account's password.",
                "wrong_credentials",
            )
        return user

    def _authenticated(self, email: str, password: str | None) -> User | None:
        """The user of the password, else of the access cookie."""
        if password is not None:
            user = authenticate(self.request, username=email, password=password)
            return user if isinstance(user, User) else None
        caller = cookie_caller(self.request)
        return caller.membership.user if caller else None
