"""`Idempotency-Key` on POST: however often it is sent, it happens once.

The answer is kept in the transaction of its effect. Whoever sends the key again gets
that answer; while the first is running, 409; with another body, 422.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import orjson
from django.db import transaction
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from fluxrate.models.stored_response import Answer, Claim, Erased, InFlight, Reused

from .renderers import JSONRenderer

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
# What may be otherwise at the next try.
NEVER_KEPT = {401, 403, 409, 412, 429}

# Ids of what is no object of the organization, or of the organization itself.
NO_OBJECT = {"organization_id", "external_id", "lookup_id", "request_id"}


class BadKey(APIException):
    status_code = 400
    default_code = "invalid_idempotency_key"
    default_detail = "Idempotency-Key has 1 to 255 visible ASCII characters."


class KeyInFlight(APIException):
    status_code = 409
    default_code = "idempotency_key_in_flight"
    default_detail = "The first request with this Idempotency-Key is still running."


class KeyReused(APIException):
    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = "This Idempotency-Key came with another body before."


class KeyErased(APIException):
    status_code = 409
    default_code = "idempotency_key_erased"
    default_detail = (
        "What this Idempotency-Key made was deleted since, and its answer with it. Use "
        "a new key to make another."
    )


def has_key(request: Any) -> bool:
    return request.method == "POST" and "HTTP_IDEMPOTENCY_KEY" in request.META


def once(
    view: Any, handler: Callable[..., Response], request: Any, **named: Any
) -> Response:
    """What the handler answers, or answered when it was asked this before."""
    claim = _claim(request)
    try:
        with view.acting():
            kept = claim.find()
            if kept is not None:
                return _replay(kept)
            response = _answer(view, handler, request, **named)
            if _is_kept(response):
                claim.keep(_stored(view, response))
            return response
    except InFlight:
        raise KeyInFlight from None
    except Reused:
        raise KeyReused from None
    except Erased:
        raise KeyErased from None


def _claim(request: Any) -> Claim:
    key = request.META["HTTP_IDEMPOTENCY_KEY"]
    if not _KEY.fullmatch(key):
        raise BadKey
    organization_id = request.auth.organization.pk
    scope = f"{organization_id} {request.method} {request.path.rstrip('/')} {key}"
    body = json.dumps(request.data, sort_keys=True)
    return Claim(
        id=uuid.UUID(bytes=hashlib.sha256(scope.encode()).digest()[:16]),
        organization_id=organization_id,
        fingerprint=hashlib.sha256(body.encode("utf-8", "surrogatepass")).digest(),
    )


def _answer(
    view: Any, handler: Callable[..., Response], request: Any, **named: Any
) -> Response:
    """A refusal undoes what was done, and may be kept as well."""
    try:
        with transaction.atomic():
            return handler(request, **named)
    except Exception as error:  # noqa: BLE001
        refusal: Response = view.handle_exception(error)
        return refusal


def _is_kept(response: Response) -> bool:
    code = response.status_code
    return code not in NEVER_KEPT and not status.is_server_error(code)


def _stored(view: Any, response: Response) -> Answer:
    """A secret that is shown once is not kept: its replay has null there."""
    data = response.data
    if isinstance(data, dict):
        data = data | {name: None for name in view.secret_fields if name in data}
    body = JSONRenderer().render(data)
    mentions = frozenset(_mentioned(orjson.loads(body))) if body else frozenset()
    return Answer(response.status_code, dict(response.headers), body, mentions)


def _mentioned(data: Any) -> Iterator[uuid.UUID]:
    """The ids of the objects that an answer shows or refers to, but the owner's."""
    if isinstance(data, list):
        for each in data:
            yield from _mentioned(each)
    elif isinstance(data, dict):
        for name, value in data.items():
            if isinstance(value, dict | list):
                yield from _mentioned(value)
            elif value and (name == "id" or name.endswith("_id")):
                yield from _ids(name, value)


def _ids(name: str, value: object) -> Iterator[uuid.UUID]:
    """The value, where it is an id of ours and no other's, such as an external_id."""
    with suppress(ValueError):
        if name not in NO_OBJECT:
            yield uuid.UUID(str(value))


def _replay(kept: Answer) -> Response:
    data = orjson.loads(kept.body) if kept.body else None
    headers = kept.headers | {"Idempotency-Replayed": "true"}
    return Response(data, status=kept.status, headers=headers)
