"""Users: signup, password, email address."""

from typing import ClassVar

from django.contrib.auth import authenticate
from django.db import transaction
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from fluxrate.api.views import StrictView
from fluxrate.ids import uuid7
from fluxrate.postgres.attribution import atomic_as
from organizations.auth.authentication import member_caller
from organizations.auth.throttling import LINK, MAIL, SIGNUP, throttle
from organizations.models import Email, Membership, Ticket, change_password
from organizations.serializers.session import SessionSerializer
from organizations.serializers.ticket import EmailTokenSerializer
from organizations.serializers.user import (
    AcknowledgementSerializer,
    EmailAddressSerializer,
    PasswordChangeSerializer,
    PasswordResetSerializer,
    SignupSerializer,
    refuse_weak,
)

from .base import PublicView
from .session import session_response


def accepted(detail: str) -> Response:
    return Response({"detail": detail}, status=status.HTTP_202_ACCEPTED)


class SignupView(PublicView):
    conflicts: ClassVar = {"post": ["email_taken"]}

    @extend_schema(
        operation_id="signup",
        request=SignupSerializer,
        responses={201: SessionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Sign up

        Creates a user and an organization with this owner, and logs the user in.
        """
        serializer = SignupSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        throttle(request, "signup", SIGNUP)
        user_id = uuid7()
        with atomic_as(f"user:{user_id}"):
            membership = Membership.create_with_owner(
                user_id=user_id, **serializer.validated_data
            )
            begun = membership.begin_session(at=now())
            Email.objects.create(
                purpose=Ticket.Purpose.EMAIL_CONFIRMATION, user=membership.user
            )
        return session_response(membership, *begun, status=status.HTTP_201_CREATED)


class PasswordView(StrictView):
    scope = "account"
    # A failed attempt must count; with a key, all of the request is one transaction.
    supports_idempotency = False

    @extend_schema(
        operation_id="changePassword",
        request=PasswordChangeSerializer,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """Change the password

        Every other session of the user ends.
        """
        caller = member_caller(request)
        user = caller.membership.user
        serializer = PasswordChangeSerializer(data=request.data, context={"user": user})
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        current = data["current_password"]
        if authenticate(request, username=user.email, password=current) is None:
            raise serializers.ValidationError(
                {"current_password": "This is not your password."}, "wrong_password"
            )
        with transaction.atomic():
            change_password(
                user, data["new_password"], at=now(), keep_session=caller.session_id
            )
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordResetView(PublicView):
    @extend_schema(
        operation_id="requestPasswordReset",
        request=EmailAddressSerializer,
        responses={202: AcknowledgementSerializer},
    )
    def post(self, request: Request) -> Response:
        """Send a link to set a new password

        The response does not reveal whether an account has the address.
        """
        serializer = EmailAddressSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        email = serializer.validated_data["email"]
        throttle(request, "reset", LINK)
        throttle(request, "mail", MAIL, account=email)
        # For an unknown address, too: neither the response nor its duration reveals it.
        Email.objects.create(purpose=Ticket.Purpose.PASSWORD_RESET, address=email)
        return accepted(
            "If somebody has an account with this address, a link is coming."
        )


class PasswordResetConfirmView(PublicView):
    unprocessable: ClassVar = {"post": ["invalid_link"]}

    @extend_schema(
        operation_id="resetPassword",
        request=PasswordResetSerializer,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """Set a new password with the link from the email

        Every session of the user ends.
        """
        serializer = PasswordResetSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        throttle(request, "link", LINK)
        data, purpose = serializer.validated_data, Ticket.Purpose.PASSWORD_RESET
        with transaction.atomic():
            user = Ticket.redeem_user(data["token"], purpose, at=now())
            refuse_weak(data["new_password"], user, field="new_password")
            change_password(user, data["new_password"], at=now())
            user.confirm_email(at=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class EmailConfirmView(PublicView):
    unprocessable: ClassVar = {"post": ["invalid_link"]}

    @extend_schema(
        operation_id="confirmEmail",
        request=EmailTokenSerializer,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """Confirm an email address with the link from the email

        The link works once.
        """
        serializer = EmailTokenSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        throttle(request, "link", LINK)
        secret = serializer.validated_data["token"]
        purpose = Ticket.Purpose.EMAIL_CONFIRMATION
        with transaction.atomic():
            Ticket.redeem_user(secret, purpose, at=now()).confirm_email(at=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class EmailResendView(StrictView):
    scope = "account"
    conflicts: ClassVar = {"post": ["email_already_confirmed"]}

    @extend_schema(
        operation_id="resendEmailConfirmation",
        request=None,
        responses={202: AcknowledgementSerializer},
    )
    def post(self, request: Request) -> Response:
        """Send a new link to confirm the email address

        The new link replaces the old one.
        """
        user = member_caller(request).membership.user
        user.refuse_confirmed_email()
        throttle(request, "mail", MAIL, account=user.email)
        Email.objects.create(purpose=Ticket.Purpose.EMAIL_CONFIRMATION, user=user)
        return accepted("A link is on its way.")
