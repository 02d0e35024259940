"""API keys that staff create and rotate: the page with a secret is shown once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fluxrate.admin import errors
from fluxrate.admin.actions import ModelAction, ModelActionForm
from fluxrate.admin.forms import AdminModelForm
from fluxrate.admin.question import QuestionAdmin
from fluxrate.admin.requests import state_of
from fluxrate.admin.urls import AdminURLs
from organizations.models import ApiKey, Scope

DAY = 86_400
OVERLAPS = [(0, "not at all"), (3_600, "an hour"), (DAY, "a day"), (7 * DAY, "a week")]
NOT_YOURS = "You may grant only the scopes of what you may do yourself: not {}."
ONE_AT_A_TIME = "Rotate one key at a time: each new key is shown once."
# A scope → what a member of staff may do who grants it.
_NOUNS = {"customers": ("customer",), "subscriptions": ("subscription", "plan")}
_VERBS = {"read": ("view",), "write": ("add", "change", "delete")}


def rights_for(scope: str) -> list[str]:
    """The permissions that correspond to a scope."""
    noun, _, access = scope.partition(".")
    if noun == "events":
        return ["fluxrate.view_event"]
    # No page of the admin corresponds to the scopes of usage.
    return [
        f"customers.{verb}_{name}"
        for name in _NOUNS.get(noun, ())
        for verb in _VERBS[access]
    ]


def refused_scopes(request: HttpRequest, scopes: Iterable[str]) -> list[str]:
    """The scopes that the user must not grant."""
    return [
        scope
        for scope in scopes
        if not all(request.user.has_perm(right) for right in rights_for(scope))
    ]


class NewKeyForm(AdminModelForm):
    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in Scope.values],
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = ApiKey
        fields = ("organization", "name", "scopes", "expires_at")


class RotateForm(ModelActionForm):
    overlap = forms.TypedChoiceField(
        label=_("The old key stays valid"),
        choices=OVERLAPS,
        coerce=int,
        initial=DAY,
    )


class RotateAction(ModelAction):
    """One key: its successor's page is the response."""

    allowed_permissions: ClassVar = ("add",)

    def perform(
        self,
        admin: QuestionAdmin,
        request: HttpRequest,
        ids: Sequence[str],
        data: Mapping[str, object],
    ) -> dict[str, Exception]:
        if len(ids) > 1:
            return dict.fromkeys(ids, ValidationError(ONE_AT_A_TIME))
        overlap = timedelta(seconds=cast(int, data["overlap"]))
        try:
            with transaction.atomic():
                rows = ApiKey.objects.select_for_update(no_key=True)
                key: ApiKey = rows.get(pk=ids[0])
                if refused := refused_scopes(request, key.scopes):
                    raise ValidationError(NOT_YOURS.format(", ".join(refused)))
                state_of(request).shown_once = key.rotate(at=now(), overlap=overlap)
        except (ValidationError, *errors.SAVE_ERRORS) as error:
            return {ids[0]: error}
        return {}

    def response(
        self, admin: QuestionAdmin, request: HttpRequest, url: str
    ) -> HttpResponse:
        return secret_page(admin, request, cast(ApiKey, state_of(request).shown_once))


def secret_page(
    admin: AdminURLs, request: HttpRequest, key: ApiKey
) -> TemplateResponse:
    """The only page with the secret, which only this instance of the key has."""
    context = admin.admin_site.each_context(request) | {
        "title": gettext("The new API key"),
        "opts": admin.opts,
        "key": key,
        "url": admin.change_url(key.pk),
    }
    return TemplateResponse(request, "admin/new_key.html", context)
