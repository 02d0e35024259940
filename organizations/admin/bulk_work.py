"""The worker's lane `bulk`: actions of staff on more rows than a request changes."""

import logging
from collections.abc import Generator
from typing import cast

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, QueryDict

from fluxrate.admin import bulk, errors
from fluxrate.admin.action_views import ActionsAdmin
from fluxrate.admin.limits import limited
from fluxrate.context import context
from fluxrate.models import BulkAction, BulkActionChunk
from organizations.models import User

from .bulk_revert import revert_chunk

logger = logging.getLogger("fluxrate.bulk")
MAX_ATTEMPTS = 3


def run_waiting() -> Generator[dict[str, int], None, None]:
    """Run each chunk that waits; yields the number of its rows.

    A chunk is one transaction with its outcome, so that a killed worker leaves a chunk
    either done or not begun.
    """
    BulkAction.objects.finish()
    while (rows := _run_next()) is not None:
        BulkAction.objects.finish()
        yield {"rows": rows}


@transaction.atomic
def _run_next() -> int | None:
    chunk = BulkActionChunk.objects.claim()
    if chunk is None:
        return None
    bulk_action = chunk.bulk_action
    try:
        with transaction.atomic(), context(request_id=bulk_action.request_id):
            _run(chunk)
    except PermissionDenied:
        bulk_action.stop()
    except errors.SAVE_ERRORS as error:
        sentence = " ".join(errors.as_validation_error(error).messages)
        logger.warning("A chunk failed: %s", type(error).__name__)
        chunk.fail(sentence, is_final=chunk.attempts + 1 >= MAX_ATTEMPTS)
    return chunk.total


def _run(chunk: BulkActionChunk) -> None:
    """Run as the user who confirmed, with that user's present permissions."""
    bulk_action, request = chunk.bulk_action, HttpRequest()
    request.user = User.objects.get(pk=bulk_action.user_id)
    # The login was complete when the user confirmed.
    if not (request.user.is_active and request.user.is_staff):
        raise PermissionDenied
    with limited(request):
        _run_as(request, chunk)


def _run_as(request: HttpRequest, chunk: BulkActionChunk) -> None:
    bulk_action = chunk.bulk_action
    if bulk_action.reverts is not None:
        revert_chunk(chunk)
        return
    model = apps.get_model(bulk_action.model)
    model_admin = cast(ActionsAdmin, admin.site.get_model_admin(model))
    action = model_admin.action(request, bulk_action.action)
    form = action.form(QueryDict(bulk_action.form_data))
    if form.is_valid():
        bulk.run_chunk(model_admin, request, action, chunk, form.cleaned_data)
    else:
        sentences = [str(text) for texts in form.errors.values() for text in texts]
        chunk.fail(" ".join(sentences), is_final=True)
