"""Logins of staff: each writes an event, and starts a browser session of its own."""

from typing import Any, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest

from fluxrate.admin.password_again import remember_password
from fluxrate.admin.sessions import Factor, begin
from fluxrate.api.client_ip import client_address
from fluxrate.context import context
from fluxrate.models import write_event
from organizations.models import User
from organizations.models.second_factor import has_second_factor


def own_user(request: HttpRequest) -> User:
    return cast(User, request.user)


def write_login_event(
    name: str, request: HttpRequest | None, user: User | None, **data: str
) -> None:
    """The event `user.<name>`; `user` is None for an unknown email."""
    pk = None if user is None else user.pk
    if request is not None:
        data["address"] = client_address(request)
    with context(actor="" if pk is None else f"staff:{pk}"):
        write_event(f"user.{name}", object_id=pk, data=data)


@receiver(user_logged_in)
def logged_in(request: HttpRequest, user: User, **_: object) -> None:
    """Replace the session key, which Django keeps if the same user logs in again: an
    attacker who knows it would share the new session. With a second factor, the login
    is complete after that.
    """
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if key and key == request.session.session_key:
        request.session.cycle_key()
    remember_password(request)
    is_asked = has_second_factor(user)
    begin(request.session, Factor.PENDING if is_asked else Factor.NONE)
    if not is_asked:
        write_login_event("login", request, user)


@receiver(user_logged_out)
def logged_out(request: HttpRequest, user: User | None, **_: object) -> None:
    if user is not None:
        write_login_event("logout", request, user)


class LoginForm(AdminAuthenticationForm):
    """The submitted email is not recorded: it may be a password in the wrong field."""

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except ValidationError:
            email = str(self.cleaned_data.get("username", "")).strip().lower()
            user = User.objects.filter(email=email).first()
            write_login_event("login_refused", self.request, user)
            raise


admin.site.login_form = LoginForm
