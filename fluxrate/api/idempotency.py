"""`Idempotency-Key` on POST: a retry has no second effect.

The response is stored in the transaction of its effect. A request with the same key
receives the stored response; 409 while the first request runs; 422 with another body.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from django.db import transaction
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from fluxrate.models.stored_response import IdempotencyKey

from .requests import Request
from .response_data import replay, storable

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
# Responses that a retry may change.
NEVER_STORED = {401, 403, 409, 412, 429}


class BadKey(APIException):
    status_code = 400
    default_code = "invalid_idempotency_key"
    default_detail = "Idempotency-Key has 1 to 255 visible ASCII characters."


class View(Protocol):
    """The part of a StrictView that this module uses."""

    request: Request
    args: tuple[object, ...]
    kwargs: dict[str, object]
    secret_fields: tuple[str, ...]

    def transaction(self) -> AbstractContextManager[None]: ...

    def handle_exception(self, exc: Exception, /) -> Response: ...


def replay_or_run(view: View, handler: Callable[..., Response]) -> Response:
    """The stored response of this Idempotency-Key, or else the handler's response."""
    key = _key(view.request)
    with view.transaction():
        stored = key.find()
        if stored is not None:
            return replay(stored)
        response = _run(view, handler)
        if _is_storable(response):
            key.store(storable(response, view.secret_fields))
        return response


def _key(request: Request) -> IdempotencyKey:
    return idempotency_key(
        request.META["HTTP_IDEMPOTENCY_KEY"],
        organization_id=request.auth.organization.pk,
        method=str(request.method),
        path=request.path,
        data=request.data,
    )


def idempotency_key(
    header: str, *, organization_id: uuid.UUID, method: str, path: str, data: object
) -> IdempotencyKey:
    """The key of a request with this body. Raises BadKey."""
    if not _KEY.fullmatch(header):
        raise BadKey
    scope = f"{organization_id} {method} {path} {header}"
    body = json.dumps(data, sort_keys=True)
    return IdempotencyKey(
        id=uuid.UUID(bytes=hashlib.sha256(scope.encode()).digest()[:16]),
        organization_id=organization_id,
        fingerprint=hashlib.sha256(body.encode()).digest(),
    )


def _run(view: View, handler: Callable[..., Response]) -> Response:
    """The handler's response; on an error, roll back and return its response."""
    try:
        with transaction.atomic():
            return handler(view.request, *view.args, **view.kwargs)
    except Exception as error:  # noqa: BLE001
        return view.handle_exception(error)


def _is_storable(response: Response) -> bool:
    code = response.status_code
    return code not in NEVER_STORED and not status.is_server_error(code)
