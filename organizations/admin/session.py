"""Logins of staff: each leaves an event, and begins a browser session of its own."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.exceptions import ValidationError
from django.dispatch import receiver

from fluxrate.api.client_ip import client_address
from fluxrate.context import context
from fluxrate.models import write_event
from organizations.models import User


def note(what: str, request: Any, user: Any) -> None:
    """The event of a user at the admin's entrance; None for an unknown account."""
    pk = None if user is None else user.pk
    data = {"address": client_address(request)} if request is not None else {}
    with context(actor="" if pk is None else f"staff:{pk}"):
        write_event(f"user.{what}", object_id=pk, data=data)


@receiver(user_logged_in)
def logged_in(request: Any, user: Any, **_: Any) -> None:
    """Django keeps the session of a person who logs in again: an id that somebody else
    has learned would be good for the new login, too.
    """
    presented = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if presented and presented == request.session.session_key:
        request.session.cycle_key()
    note("login", request, user)


@receiver(user_logged_out)
def logged_out(request: Any, user: Any, **_: Any) -> None:
    if user is not None:
        note("logout", request, user)


class LoginForm(AdminAuthenticationForm):
    """What was typed is not recorded: it may be a password in the wrong field."""

    def clean(self) -> Any:
        try:
            return super().clean()
        except ValidationError:
            email = str(self.cleaned_data.get("username", "")).strip().lower()
            user = User.objects.filter(email=email).first()
            note("login_refused", self.request, user)
            raise


admin.site.login_form = LoginForm
