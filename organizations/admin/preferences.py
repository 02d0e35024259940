"""The page on which staff choose their time zone and their language."""

import zoneinfo
from functools import cache
from typing import cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from organizations.models import User


@cache
def zones() -> list[tuple[str, str]]:
    """Zones by their usual names, `UTC` first."""
    names = (name for name in zoneinfo.available_timezones() if "/" in name)
    places = sorted(name for name in names if not name.startswith(("Etc/", "posix/")))
    return [(name, name.replace("_", " ")) for name in ("UTC", *places)]


class PreferencesForm(forms.ModelForm):
    time_zone = forms.ChoiceField(
        choices=zones, label=_("Time zone"), help_text=_("Of all times in the admin.")
    )
    language = forms.ChoiceField(
        choices=[("", _("As the browser")), *settings.LANGUAGES],
        label=_("Language"),
        required=False,
    )

    class Meta:
        model = User
        fields = ("time_zone", "language")


def preferences(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    form = PreferencesForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        user.save(update_fields=["time_zone", "language"])
        with translation.override(user.language or translation.get_language()):
            messages.success(request, translation.gettext("Saved."))
        return HttpResponseRedirect(reverse("admin:index"))
    context = admin.site.each_context(request) | {
        "title": translation.gettext("Preferences"),
        "form": form,
    }
    return TemplateResponse(request, "admin/preferences.html", context)
