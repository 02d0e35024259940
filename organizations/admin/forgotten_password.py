"""“Forgot password?” of the admin: the email that the API sends, too."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from rest_framework.exceptions import APIException

from fluxrate.text import LoginEmailField
from organizations.auth.throttling import LINK, MAIL, throttle
from organizations.models import Email, Ticket


class EmailForm(forms.Form):
    email = forms.EmailField(
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.POST or None)
        self.request = request

    def clean_email(self) -> str:
        """As the column stores it: in lower case."""
        email: str = LoginEmailField().clean(self.cleaned_data["email"], None)
        return email

    def clean(self) -> dict[str, Any]:
        """Refuse what exceeds the limits of emails, as the API does."""
        email = self.cleaned_data.get("email")
        if email:
            try:
                throttle(self.request, "reset", LINK)
                throttle(self.request, "mail", MAIL, account=email)
            except APIException as error:
                raise ValidationError(str(error.detail), code="throttled") from None
        return self.cleaned_data


def forgotten_password(request: HttpRequest) -> HttpResponse:
    """The page does not reveal whether an account has the address."""
    form = EmailForm(request)
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent:
        purpose = Ticket.Purpose.PASSWORD_RESET
        Email.objects.create(purpose=purpose, address=form.cleaned_data["email"])
    context = admin.site.each_context(request) | {
        "title": gettext("Forgot password?"),
        "form": form,
        "is_sent": is_sent,
    }
    return TemplateResponse(request, "admin/forgotten_password.html", context)
