"""The page of a bulk action: how far it is, what it did, and the way back."""

import secrets
import uuid
from typing import cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext

from fluxrate.admin import errors
from fluxrate.admin.bulk import INLINE
from fluxrate.admin.password_again import MAX_WITHOUT_PASSWORD, require_password
from fluxrate.admin.requests import is_superuser, staff_actor, staff_id
from fluxrate.models import BulkAction
from fluxrate.postgres.attribution import atomic_as

from .batch import MAX_SHOWN, RevertForm, may_revert
from .bulk_result import Result
from .bulk_revert import batches_of, begin_revert, preview

PER_PAGE = 50


def bulk_actions(request: HttpRequest) -> HttpResponse:
    """The newest bulk actions of the user."""
    mine = BulkAction.objects.filter(user_id=staff_id(request))
    confirmed = mine.exclude(status=BulkAction.Status.SELECTED).order_by("-id")
    newest = confirmed.with_progress()[:PER_PAGE]
    return _page(
        request,
        "admin/bulk_actions.html",
        title=gettext("Actions on many"),
        results=[Result(bulk_action) for bulk_action in newest],
    )


def bulk_action(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The progress or the result; a POST stops or continues the action."""
    row = _own(request, pk)
    if request.method == "POST":
        if request.POST.get("do") == "stop":
            row.stop()
        else:
            row.resume()
        return HttpResponseRedirect(_url(row))
    result = Result(row)
    return _page(
        request,
        "admin/bulk_action.html",
        title=result.title,
        result=result,
        may_take_back=_may_take_back(request, row),
        media=admin.ModelAdmin(BulkAction, admin.site).media,
    )


def refused_rows(request: HttpRequest, pk: uuid.UUID) -> StreamingHttpResponse:
    """The refused rows as CSV."""
    result = Result(_own(request, pk))
    return StreamingHttpResponse(
        result.csv(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="refused-{pk}.csv"'},
    )


def take_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, then undo every change that nobody has changed since."""
    row = _own(request, pk)
    if row.reversals.exists() or not _may_take_back(request, row):
        latest = row.reversals.first()
        return HttpResponseRedirect(_url(latest or row))
    form = RevertForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if row.changed > MAX_WITHOUT_PASSWORD:
            require_password(request)
        try:
            return HttpResponseRedirect(_url(_begin(request, row, form)))
        except errors.SAVE_ERRORS as error:
            sentences = errors.as_validation_error(error).messages
            messages.error(request, " ".join(sentences))
    left = preview(row) if row.changed <= INLINE else []
    return _page(
        request,
        "admin/take_back.html",
        title=gettext("Take back"),
        result=Result(row),
        form=form,
        form_id=secrets.token_urlsafe(16),
        left=left[:MAX_SHOWN],
        left_count=len(left),
    )


def _begin(request: HttpRequest, row: BulkAction, form: RevertForm) -> BulkAction:
    """Begin the take-back; of two submissions, the second returns the first's."""
    with atomic_as(staff_actor(request)), transaction.atomic():
        locked = BulkAction.objects.select_for_update().get(pk=row.pk)
        earlier: BulkAction | None = locked.reversals.first()
        reason = cast(str, form.cleaned_data["reason"])
        return earlier or begin_revert(request, locked, reason)


def _own(request: HttpRequest, pk: uuid.UUID) -> BulkAction:
    rows = BulkAction.objects.exclude(status=BulkAction.Status.SELECTED)
    row: BulkAction = get_object_or_404(rows.with_progress(), pk=pk)
    if row.user_id != request.user.pk and not is_superuser(request):
        raise PermissionDenied
    return row


def _may_take_back(request: HttpRequest, row: BulkAction) -> bool:
    """Whether the action has ended and its changes can be reverted by the user."""
    if row.status == BulkAction.Status.WAITING or not row.changed or row.reverts_id:
        return False
    first = row.chunks.filter(changed__gt=0).only("pk")[:1]
    batches = list(batches_of([str(chunk.pk) for chunk in first]))
    return any(batch.state == "revertible" for batch in batches) and all(
        may_revert(request, batch) for batch in batches
    )


def _url(row: BulkAction) -> str:
    return reverse("admin-bulk-action", args=[row.pk])


def _page(request: HttpRequest, template: str, **context: object) -> TemplateResponse:
    return TemplateResponse(
        request, template, admin.site.each_context(request) | context
    )
