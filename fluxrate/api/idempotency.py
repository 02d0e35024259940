"""`Idempotency-Key` on POST: a retry has no second effect.

The response is stored in the transaction of its effect. A request with the same key
receives the stored response; 409 while the first request runs; 422 with another body.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from typing import Protocol

import orjson
from django.db import transaction
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from fluxrate.models.stored_response import (
    Erased,
    IdempotencyKey,
    InFlight,
    ResponseData,
    Reused,
)

from .renderers import JSONRenderer
from .requests import Request

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
# Responses that a retry may change.
NEVER_STORED = {401, 403, 409, 412, 429}

# Members that end in `_id`, but refer to no object that a deletion could remove.
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
        "The object that this Idempotency-Key created was deleted, and the stored "
        "response with it. Use a new key to create another."
    )


class View(Protocol):
    """What a StrictView does for its handler."""

    request: Request
    args: tuple[object, ...]
    kwargs: dict[str, object]
    secret_fields: tuple[str, ...]

    def transaction(self) -> AbstractContextManager[None]: ...

    def handle_exception(self, exc: Exception, /) -> Response: ...


def replay_or_run(view: View, handler: Callable[..., Response]) -> Response:
    """The stored response of this Idempotency-Key, or else what the handler answers."""
    claim = _claim(view.request)
    try:
        with view.transaction():
            stored = claim.find()
            if stored is not None:
                return _replay(stored)
            response = _run(view, handler)
            if _is_storable(response):
                claim.keep(_stored(view, response))
            return response
    except InFlight:
        raise KeyInFlight from None
    except Reused:
        raise KeyReused from None
    except Erased:
        raise KeyErased from None


def _claim(request: Request) -> IdempotencyKey:
    key = request.META["HTTP_IDEMPOTENCY_KEY"]
    if not _KEY.fullmatch(key):
        raise BadKey
    organization_id = request.auth.organization.pk
    scope = f"{organization_id} {request.method} {request.path.rstrip('/')} {key}"
    body = json.dumps(request.data, sort_keys=True)
    return IdempotencyKey(
        id=uuid.UUID(bytes=hashlib.sha256(scope.encode()).digest()[:16]),
        organization_id=organization_id,
        fingerprint=hashlib.sha256(body.encode("utf-8", "surrogatepass")).digest(),
    )


def _run(view: View, handler: Callable[..., Response]) -> Response:
    """The handler's response; an error is one, too, and rolls its changes back."""
    try:
        with transaction.atomic():
            return handler(view.request, *view.args, **view.kwargs)
    except Exception as error:  # noqa: BLE001
        return view.handle_exception(error)


def _is_storable(response: Response) -> bool:
    code = response.status_code
    return code not in NEVER_STORED and not status.is_server_error(code)


def _stored(view: View, response: Response) -> ResponseData:
    """The response to store; secret fields are null in it."""
    data = response.data
    if isinstance(data, dict):
        data = data | {name: None for name in view.secret_fields if name in data}
    body = JSONRenderer().render(data)
    mentions = frozenset(_mentioned(orjson.loads(body))) if body else frozenset()
    return ResponseData(response.status_code, dict(response.headers), body, mentions)


def _mentioned(data: object) -> Iterator[uuid.UUID]:
    """The ids of the objects that a response shows or refers to."""
    if isinstance(data, list):
        for item in data:
            yield from _mentioned(item)
    elif isinstance(data, dict):
        for name, value in data.items():
            if isinstance(value, dict | list):
                yield from _mentioned(value)
            elif value and (name == "id" or name.endswith("_id")):
                yield from _ids(name, value)


def _ids(name: str, value: object) -> Iterator[uuid.UUID]:
    """The value, if it is an id of our own rather than one such as external_id."""
    with suppress(ValueError):
        if name not in NO_OBJECT:
            yield uuid.UUID(str(value))


def _replay(stored: ResponseData) -> Response:
    data = orjson.loads(stored.body) if stored.body else None
    headers = stored.headers | {"Idempotency-Replayed": "true"}
    return Response(data, status=stored.status, headers=headers)
