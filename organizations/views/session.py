"""Login, refresh, logout, switch, me."""

from django.contrib.auth import authenticate
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response

from fluxrate.api.views import StrictView
from fluxrate.models import write_event
from fluxrate.postgres.attribution import atomic_as
from organizations.auth.authentication import (
    ACCESS_COOKIE,
    REFRESH_COOKIE,
    member_caller,
)
from organizations.auth.cookies import clear_cookies, set_cookies
from organizations.auth.throttling import REFRESH, throttle
from organizations.auth.tokens import read_access_token
from organizations.models import Membership, Organization, Session, User
from organizations.serializers.session import (
    CurrentCallerSerializer,
    SessionSerializer,
    SwitchOrganizationSerializer,
)
from organizations.serializers.user import CredentialsSerializer

from .base import PublicView


def session_response(
    membership: Membership,
    session: Session,
    refresh_token: str,
    *,
    status: int = status.HTTP_200_OK,
) -> Response:
    """The response to a login, with its cookies."""
    data = SessionSerializer(membership).data
    return set_cookies(Response(data, status=status), session, refresh_token)


def wrong_credentials() -> AuthenticationFailed:
    return AuthenticationFailed(
        "The email or the password is wrong.", "wrong_credentials"
    )


class LoginView(PublicView):
    tag_description = "Sign up, log in, and stay logged in."
    extra_error_statuses = (401,)

    @extend_schema(
        operation_id="login",
        request=CredentialsSerializer,
        responses=SessionSerializer,
    )
    def post(self, request: Request) -> Response:
        """Log in

        The session belongs to the organization that the user joined first.
        """
        serializer = CredentialsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        user = authenticate(request, username=data["email"], password=data["password"])
        if not isinstance(user, User):
            raise wrong_credentials()
        membership = Membership.objects.first_of(user)
        if membership is None:
            raise wrong_credentials()
        with atomic_as(f"user:{user.pk}"):
            if not user.lock():
                raise wrong_credentials()
            session, token = membership.begin_session(at=now())
            write_event("user.login", membership.organization, object_id=user.pk)
        return session_response(membership, session, token)


class RefreshView(PublicView):
    extra_error_statuses = (401,)

    @extend_schema(
        operation_id="refreshSession", request=None, responses=SessionSerializer
    )
    def post(self, request: Request) -> Response:
        """Replace the access token and the refresh token

        Both come as cookies. The old refresh token becomes invalid.
        """
        throttle(request, "refresh", REFRESH)
        try:
            refreshed = Session.refresh(
                request.COOKIES.get(REFRESH_COOKIE, ""), at=now()
            )
        except Session.RefreshedAtOnce as error:
            # DRF adds WWW-Authenticate to AuthenticationFailed only.
            raise AuthenticationFailed(str(error), error.code) from error
        if refreshed is None:
            raise AuthenticationFailed("The refresh token is not valid.")
        session, token = refreshed
        membership = Membership.objects.of_session(session)
        return session_response(membership, session, token)


class LogoutView(PublicView):
    @extend_schema(operation_id="logout", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Log out

        Both tokens of the session become invalid.
        """
        claims = read_access_token(request.COOKIES.get(ACCESS_COOKIE, ""))
        if claims is not None:
            Session.objects.filter(pk=claims.session_id).end(at=now())
        refresh_token = request.COOKIES.get(REFRESH_COOKIE, "")
        Session.objects.with_token(refresh_token).end(at=now())
        return clear_cookies(Response(status=status.HTTP_204_NO_CONTENT))


class SwitchView(StrictView):
    scope = "account"
    supports_idempotency = False
    queryset = Organization.objects.all()

    @extend_schema(
        operation_id="switchOrganization",
        request=SwitchOrganizationSerializer,
        responses=SessionSerializer,
    )
    def post(self, request: Request) -> Response:
        """Switch to another organization of the user

        The session moves to that organization.
        """
        serializer = SwitchOrganizationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        caller = member_caller(request)
        membership = get_object_or_404(
            Membership.objects.select_related("organization", "user"),
            user=caller.membership.user,
            **serializer.validated_data,
        )
        with transaction.atomic():
            begun = membership.replace_session(caller.session_id, at=now())
        if begun is None:
            raise AuthenticationFailed("The access token is not valid.")
        return session_response(membership, *begun)


class MeView(StrictView):
    scope = "organization"

    @extend_schema(operation_id="getCurrentCaller", responses=CurrentCallerSerializer)
    def get(self, request: Request) -> Response:
        """Read the caller, its organization and its role."""
        context = {"request": request, "at": now()}
        return Response(CurrentCallerSerializer(request.auth, context=context).data)
