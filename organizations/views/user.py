"""Users: signup, password, email address."""

from typing import Any

from django.contrib.auth import authenticate
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from fluxrate.api.views import StrictView
from fluxrate.errors import RuleBroken
from fluxrate.ids import uuid7
from fluxrate.postgres.attribution import atomic_as
from organizations.auth.cookies import set_cookies
from organizations.auth.mail import after, ask_to_confirm, offer_reset
from organizations.auth.throttling import LINK, MAIL, SIGNUP, bound
from organizations.auth.tokens import now
from organizations.models import Membership, Session, Ticket
from organizations.serializers import (
    AcknowledgementSerializer,
    EmailAddressSerializer,
    EmailTokenSerializer,
    PasswordChangeSerializer,
    PasswordResetSerializer,
    SessionSerializer,
    SignupSerializer,
    refuse_weak,
)

from .base import PublicView
from .session import session_data

DONE = status.HTTP_204_NO_CONTENT


def accepted(detail: str) -> Response:
    return Response({"detail": detail}, status=status.HTTP_202_ACCEPTED)


class SignupView(PublicView):
    extra_error_statuses = (409,)

    @extend_schema(request=SignupSerializer, responses={201: SessionSerializer})
    def post(self, request: Any) -> Response:
        """Sign up

        Creates a user and an organization with this owner, and logs the user in.
        """
        serializer = SignupSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        bound(request, "signup", SIGNUP)
        user_id = uuid7()
        with atomic_as(f"user:{user_id}"):
            membership = Membership.found(user_id=user_id, **serializer.validated_data)
            session, token = Session.begin(membership, at=now())
        response = Response(session_data(membership), status=status.HTTP_201_CREATED)
        set_cookies(response, session, token)
        return after(response, lambda: ask_to_confirm(membership.user))


class PasswordView(StrictView):
    scope = "account"
    # A wrong guess must count, and a keyed answer is one transaction.
    supports_idempotency = False

    @extend_schema(
        operation_id="auth_change_password",
        request=PasswordChangeSerializer,
        responses={204: None},
    )
    def post(self, request: Any) -> Response:
        """Change the password

        Every other session of the user ends.
        """
        user, session = request.auth.membership.user, request.auth.session
        serializer = PasswordChangeSerializer(data=request.data, context={"user": user})
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        current = given["current_password"]
        if authenticate(request, username=user.email, password=current) is None:
            raise serializers.ValidationError(
                {"current_password": "This is not your password."}, "wrong_password"
            )
        with transaction.atomic():
            user.change_password(given["new_password"], at=now(), keep=session.pk)
        return Response(status=DONE)


class PasswordResetView(PublicView):
    @extend_schema(
        request=EmailAddressSerializer, responses={202: AcknowledgementSerializer}
    )
    def post(self, request: Any) -> Response:
        """Send a link to set a new password

        The response does not reveal whether an account has the address.
        """
        serializer = EmailAddressSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        email = serializer.validated_data["email"]
        bound(request, "reset", LINK)
        bound(request, "mail", MAIL, account=email)
        answer = accepted(
            "If somebody has an account with this address, a link is coming."
        )
        return after(answer, lambda: offer_reset(email))


class PasswordResetConfirmView(PublicView):
    @extend_schema(request=PasswordResetSerializer, responses={204: None})
    def post(self, request: Any) -> Response:
        """Set a new password with the link from the email

        Every session of the user ends.
        """
        serializer = PasswordResetSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        bound(request, "link", LINK)
        given, purpose = serializer.validated_data, Ticket.Purpose.PASSWORD_RESET
        with transaction.atomic():
            user = Ticket.redeem_user(given["token"], purpose, at=now())
            refuse_weak(given["new_password"], user, field="new_password")
            user.change_password(given["new_password"], at=now())
            user.confirm_email(at=now())
        return Response(status=DONE)


class EmailConfirmView(PublicView):
    @extend_schema(request=EmailTokenSerializer, responses={204: None})
    def post(self, request: Any) -> Response:
        """Confirm an email address with the link from the email."""
        serializer = EmailTokenSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        bound(request, "link", LINK)
        secret = serializer.validated_data["token"]
        purpose = Ticket.Purpose.EMAIL_CONFIRMATION
        with transaction.atomic():
            Ticket.redeem_user(secret, purpose, at=now()).confirm_email(at=now())
        return Response(status=DONE)


class EmailResendView(StrictView):
    scope = "account"
    extra_error_statuses = (409,)

    class AlreadyConfirmed(RuleBroken):
        code = "email_already_confirmed"
        message = "Your address is confirmed already."

    @extend_schema(request=None, responses={202: AcknowledgementSerializer})
    def post(self, request: Any) -> Response:
        """Send a new link to confirm the email address

        The new link replaces the old one.
        """
        user = request.auth.membership.user
        if user.email_confirmed_at is not None:
            raise self.AlreadyConfirmed
        bound(request, "mail", MAIL, account=user.email)
        return after(accepted("A link is on its way."), lambda: ask_to_confirm(user))
