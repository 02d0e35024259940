"""A form that is submitted twice runs once, without JavaScript.

Each page has a random id. The id and the submitted values are an idempotency key,
stored for a day beside the keys of the API. The second submission waits for the first
and is redirected to the same page. A form that is corrected and submitted again after
Back has other values, so it has another key.
"""

import hashlib
import json
import time
import uuid
from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from fluxrate.models.stored_response import IdempotencyKey, KeyInFlight, ResponseData
from fluxrate.postgres.attribution import atomic_as

from .requests import staff_actor

FORM_ID = "_form"
"""The hidden field of every page; a POST without it is not deduplicated."""
TIMEOUT_SECONDS, RETRY_SECONDS = 20.0, 0.1
SAVED_ONCE = _("The form was sent twice. It was carried out once.")
IGNORED = _("The form was sent twice. The second one was ignored.")


def key_of(request: HttpRequest) -> IdempotencyKey | None:
    """The key of the submitted form; None if the form has no id."""
    if not request.POST.get(FORM_ID):
        return None
    data = {k: v for k, v in request.POST.lists() if k != "csrfmiddlewaretoken"}
    text = json.dumps([str(request.user.pk), request.get_full_path(), data])
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    # Staff act for no organization, so the key belongs to the user.
    return IdempotencyKey(
        uuid.UUID(bytes=digest[:16]), cast(uuid.UUID, request.user.pk), digest
    )


def save_once(request: HttpRequest, save: Callable[[], HttpResponse]) -> HttpResponse:
    """The response of `save`, which runs in a transaction; a redirect means success."""
    key, deadline = key_of(request), time.monotonic() + TIMEOUT_SECONDS
    while True:
        try:
            with atomic_as(staff_actor(request)):
                stored = key.find() if key else None
                if stored is not None:
                    return _repeat(request, stored, SAVED_ONCE)
                response = save()
                if key and response.status_code == 302:
                    key.store(_redirect_to(response["Location"]))
                return response
        except KeyInFlight:
            if time.monotonic() > deadline:
                raise
            time.sleep(RETRY_SECONDS)


def begin(request: HttpRequest, url: str) -> HttpResponse | None:
    """None for the first submission; a redirect to `url` for a repeated one."""
    key = key_of(request)
    if key is None:
        return None
    try:
        with atomic_as(staff_actor(request)):
            stored = key.find()
            if stored is None:
                key.store(_redirect_to(url))
                return None
    except KeyInFlight:
        stored = _redirect_to(url)
    # The first submission may still fail, so no success is claimed.
    return _repeat(request, stored, IGNORED)


def answer_repeats(request: HttpRequest, url: str) -> None:
    """Redirect a repeated submission of what `save_once` runs: its response is a page
    that is shown once.
    """
    key = key_of(request)
    if key is not None:
        key.store(_redirect_to(url))


def release(request: HttpRequest) -> None:
    """Allow the same submission again, because the first one changed nothing."""
    key = key_of(request)
    if key is not None:
        key.release()


def _repeat(
    request: HttpRequest, stored: ResponseData, message: object
) -> HttpResponse:
    messages.info(request, str(message))
    return HttpResponseRedirect(stored.headers["Location"])


def _redirect_to(url: str) -> ResponseData:
    return ResponseData(302, {"Location": url}, b"")
