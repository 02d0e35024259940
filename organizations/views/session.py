"""Login, refresh, logout, switch, me."""

from typing import Any

from django.contrib.auth import authenticate
from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.response import Response

from fluxrate.api.views import StrictView
from fluxrate.models import write_event
from fluxrate.postgres.attribution import atomic_as
from organizations.auth.authentication import ACCESS_COOKIE, REFRESH_COOKIE
from organizations.auth.cookies import clear_cookies, set_cookies
from organizations.auth.throttling import REFRESH, bound
from organizations.auth.tokens import now, read_access_token
from organizations.models import Membership, Organization, Session, User
from organizations.serializers import (
    CredentialsSerializer,
    CurrentCallerSerializer,
    SessionSerializer,
    SwitchOrganizationSerializer,
)

from .base import PublicView


def session_data(membership: Membership) -> dict[str, Any]:
    return SessionSerializer(
        {
            "user": membership.user,
            "organization": membership.organization,
            "role": membership.role,
        }
    ).data


class LoginView(PublicView):
    tag_description = "Sign up, log in, and stay logged in."
    extra_error_statuses = (401,)

    @extend_schema(request=CredentialsSerializer, responses=SessionSerializer)
    def post(self, request: Any) -> Response:
        """Log in

        The session belongs to the organization that the user joined first.
        """
        serializer = CredentialsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        user = authenticate(
            request, username=given["email"], password=given["password"]
        )
        membership = isinstance(user, User) and user.first_membership()
        if not membership:
            raise wrong_credentials()
        with atomic_as(f"user:{membership.user_id}"):
            if not membership.user.lock():
                raise wrong_credentials()
            session, token = Session.begin(membership, at=now())
            whom = membership.user_id
            write_event("user.login", membership.organization, object_id=whom)
        return set_cookies(Response(session_data(membership)), session, token)


def wrong_credentials() -> AuthenticationFailed:
    return AuthenticationFailed(
        "The email or the password is wrong.", "wrong_credentials"
    )


class RefreshView(PublicView):
    extra_error_statuses = (401,)

    @extend_schema(request=None, responses=SessionSerializer)
    def post(self, request: Any) -> Response:
        """Replace the access token and the refresh token."""
        bound(request, "refresh", REFRESH)
        given = request.COOKIES.get(REFRESH_COOKIE, "")
        try:
            renewed = Session.renew(given, at=now())
        except Session.RefreshedAtOnce as error:
            raise AuthenticationFailed(str(error), error.code) from error
        if renewed is None:
            raise AuthenticationFailed("The refresh token is not valid.")
        session, token = renewed
        membership = session.membership()
        return set_cookies(Response(session_data(membership)), session, token)


class LogoutView(PublicView):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Any) -> Response:
        """Log out

        Both tokens of the session become invalid.
        """
        claims = read_access_token(request.COOKIES.get(ACCESS_COOKIE, ""))
        if claims is not None:
            Session.objects.filter(pk=claims.session_id).end(at=now())
        Session.objects.presented(request.COOKIES.get(REFRESH_COOKIE, "")).end(at=now())
        return clear_cookies(Response(status=status.HTTP_204_NO_CONTENT))


class SwitchView(StrictView):
    scope = "account"
    supports_idempotency = False
    queryset = Organization.objects.all()

    @extend_schema(request=SwitchOrganizationSerializer, responses=SessionSerializer)
    def post(self, request: Any) -> Response:
        """Switch to another organization of the user

        The session moves to that organization.
        """
        serializer = SwitchOrganizationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        mine = request.auth.membership.user.memberships
        membership = get_object_or_404(
            mine.select_related("organization", "user"), **serializer.validated_data
        )
        with transaction.atomic():
            switched = request.auth.session.switch(membership, at=now())
        if switched is None:
            raise AuthenticationFailed("The access token is not valid.")
        session, token = switched
        return set_cookies(Response(session_data(membership)), session, token)


class MeView(StrictView):
    scope = "organization"

    @extend_schema(responses=CurrentCallerSerializer)
    def get(self, request: Any) -> Response:
        """Read the caller, its organization and its role."""
        context = {"request": request, "at": now()}
        return Response(CurrentCallerSerializer(request.auth, context=context).data)
