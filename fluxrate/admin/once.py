"""A form of the admin that is sent twice happens once, without any script.

Each page has a random mark. The mark and what was typed are an idempotency key, which
PostgreSQL keeps for a day beside the keys of the API: the second form waits for the
first and is led where the first was. After going back and typing something else, it is
another form.
"""

import hashlib
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from fluxrate.models.stored_response import IdempotencyKey, InFlight, ResponseData
from fluxrate.postgres.attribution import acting

from .staff import on_behalf
from .tracked import MARK

PATIENCE, LOOK_AGAIN = 20.0, 0.1
TWICE = "The form was sent twice. It was carried out once."
ASIDE = "The form was sent twice. The second one was left aside."


def claim_of(request: Any) -> IdempotencyKey | None:
    """The key of what was sent; None of a form without a mark."""
    if not request.POST.get(MARK):
        return None
    sent = {k: v for k, v in request.POST.lists() if k != "csrfmiddlewaretoken"}
    text = json.dumps([str(request.user.pk), request.get_full_path(), sent])
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    # Staff act for no organization: the key is that of a person.
    return IdempotencyKey(uuid.UUID(bytes=digest[:16]), request.user.pk, digest)


def led(request: Any, answer: ResponseData, words: str = TWICE) -> HttpResponse:
    """To where the first one of two equal forms was led."""
    messages.info(request, words)
    return HttpResponseRedirect(answer.headers["Location"])


def saved_once(request: Any, save: Callable[[], HttpResponse]) -> HttpResponse:
    """What `save` answers, in a transaction; a redirection says that it has saved."""
    claim, deadline = claim_of(request), time.monotonic() + PATIENCE
    while True:
        try:
            with acting(on_behalf(request)):
                kept = claim.find() if claim else None
                if kept is not None:
                    return led(request, kept)
                response = save()
                if claim and response.status_code == 302:
                    claim.keep(_redirection(response["Location"]))
                return response
        except InFlight:
            if time.monotonic() > deadline:
                raise
            time.sleep(LOOK_AGAIN)


def began(request: Any, back: str) -> HttpResponse | None:
    """None for the first form of equal ones, which is carried out after this."""
    claim = claim_of(request)
    if claim is None:
        return None
    try:
        with acting(on_behalf(request)):
            kept = claim.find()
            if kept is None:
                claim.keep(_redirection(back))
                return None
    except InFlight:
        kept = _redirection(back)
    # The first one may still be refused.
    return led(request, kept, ASIDE)


def refused(request: Any) -> None:
    """Nothing of the form was carried out: sent again, it is judged again."""
    claim = claim_of(request)
    if claim is not None:
        claim.release()


def _redirection(location: str) -> ResponseData:
    return ResponseData(302, {"Location": location}, b"")
