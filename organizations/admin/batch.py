"""The revert of a batch in the admin: a page with its outcome, then the revert."""

import secrets
from typing import cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext

from fluxrate.admin import errors, idempotency
from fluxrate.admin.fields import ReasonField
from fluxrate.admin.password_again import MAX_WITHOUT_PASSWORD, require_password
from fluxrate.admin.requests import staff_actor
from fluxrate.history.revert import Outcome, revert, revertible_models
from fluxrate.models import Batch
from organizations.models import Organization, User

MAX_SHOWN = 20
# The permission that the revert of an event's type needs; "change" for the others.
PERMISSIONS = {"created": "delete", "restored": "delete", "deleted": "add"}


class RevertForm(forms.Form):
    reason = ReasonField()


def may_revert(request: HttpRequest, batch: Batch) -> bool:
    """Whether the user may do to each object what its revert does."""
    user = cast(User, request.user)
    return all(user.has_perm(name) for name in _permissions(batch))


def _permissions(batch: Batch) -> set[str]:
    models = revertible_models()
    types = [name.rpartition(".") for name in batch.counts]
    return {
        f"{models[noun]._meta.app_label}.{PERMISSIONS.get(verb, 'change')}_"
        f"{models[noun]._meta.model_name}"
        for noun, _, verb in types
        if noun in models
    }


def revert_view(
    request: HttpRequest, pk: int, context: dict[str, object]
) -> HttpResponse:
    """`context` is the admin site's; `pk` is the event that describes the batch."""
    batch = get_object_or_404(Batch, pk=pk)
    if not may_revert(request, batch):
        raise PermissionDenied
    url = _list_url(batch)
    try:
        if request.method != "POST":
            return _page(request, batch, context)
        if sum(batch.counts.values()) > MAX_WITHOUT_PASSWORD:
            require_password(request)
        if duplicate := idempotency.begin(request, url):
            return duplicate
        outcome = _revert(request, batch)
    except errors.SAVE_ERRORS as error:
        sentences = errors.as_validation_error(error).messages
        messages.error(request, " ".join(sentences))
        return HttpResponseRedirect(url)
    changes = sum(outcome.counts.values())
    messages.success(request, gettext("Changes taken back: %s.") % changes)
    for line in _lines(outcome):
        messages.warning(request, line)
    return HttpResponseRedirect(url)


def _list_url(batch: Batch) -> str:
    """The list of the objects of the batch, or the admin's first page."""
    models = revertible_models()
    for noun in sorted(batch.object_types & models.keys()):
        opts = models[noun]._meta
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return reverse("admin:index")


def _revert(request: HttpRequest, batch: Batch, *, dry_run: bool = False) -> Outcome:
    organization = get_object_or_404(Organization, pk=batch.organization_id)
    return revert(batch, organization, actor=staff_actor(request), dry_run=dry_run)


def _page(
    request: HttpRequest, batch: Batch, context: dict[str, object]
) -> TemplateResponse:
    outcome = _revert(request, batch, dry_run=True)
    return TemplateResponse(
        request,
        "admin/batch_revert.html",
        context
        | {
            "title": gettext("Undo"),
            "batch": batch,
            "counts": sorted(outcome.counts.items()),
            "remaining": _lines(outcome),
            "form": RevertForm(),
            "form_id": secrets.token_urlsafe(16),
        },
    )


def _lines(outcome: Outcome) -> list[str]:
    """The first changes that remain, and the number of the others."""
    lines = [
        f"{left.object_type} {left.object_id or ''} {left.field or ''}: {left.message}"
        for left in outcome.left[:MAX_SHOWN]
    ]
    others = len(outcome.left) - MAX_SHOWN
    return lines + [gettext("… and %s more remain.") % others] * (others > 0)
