"""The runs of an action on many rows: a chunk is a transaction and a batch."""

from collections.abc import Mapping
from typing import cast

from django.forms import Form
from django.http import HttpRequest

from fluxrate.context import current
from fluxrate.models import BulkAction, BulkActionChunk
from fluxrate.postgres.attribution import atomic_as

from . import errors
from .actions import ModelAction
from .batches import describe
from .question import QuestionAdmin
from .requests import change_reason

INLINE = 1_000
"""The most rows that the request itself changes."""

Status = BulkAction.Status


def begin(selection: BulkAction, request: HttpRequest) -> bool:
    """Confirm the selection; False if it was confirmed before."""
    selected = BulkAction.objects.filter(pk=selection.pk, status=Status.SELECTED)
    return bool(
        selected.update(
            status=Status.WAITING,
            form_data=request.POST.urlencode(),
            reason=change_reason(request),
            request_id=current().request_id,
        )
    )


def cancel(selection: BulkAction) -> None:
    """Ask again after an action that changed nothing."""
    BulkAction.objects.filter(pk=selection.pk).update(status=Status.SELECTED)
    chunks = BulkActionChunk.objects.filter(bulk_action=selection)
    chunks.update(done_at=None, refused=[], refused_count=0)


def run_now(
    admin: QuestionAdmin,
    request: HttpRequest,
    action: ModelAction,
    selection: BulkAction,
    form: Form,
) -> Mapping[str, Exception]:
    """Run on the only chunk; the errors by id."""
    chunk = BulkActionChunk.objects.get(bulk_action=selection)
    failures = run_chunk(admin, request, action, chunk, form.cleaned_data)
    BulkAction.objects.filter(pk=selection.pk).finish()
    return failures


def run_chunk(
    admin: QuestionAdmin,
    request: HttpRequest,
    action: ModelAction,
    chunk: BulkActionChunk,
    data: Mapping[str, object],
) -> Mapping[str, Exception]:
    """Run on the rows of the chunk and store its outcome, in one transaction."""
    bulk_action = chunk.bulk_action
    reason = cast(str, data.get("reason", ""))
    with atomic_as(bulk_action.actor, reason=reason, batch=str(chunk.pk)):
        failures = action.perform(admin, request, chunk.ids, data)
        describe(chunk.pk, f"admin.{action.name}")
        refused = [
            [pk, " ".join(errors.as_validation_error(error).messages)]
            for pk, error in failures.items()
        ]
        chunk.finish(chunk.total - len(failures), refused)
    return failures
