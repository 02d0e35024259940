"""Responses in the form in which they are stored and replayed."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress

import orjson
from rest_framework.response import Response

from fluxrate.models.stored_response import ResponseData

from .renderers import JSONRenderer

# Members that end in `_id`, but refer to no object that a deletion could remove.
NO_OBJECT = {
    "organization_id",
    "external_id",
    "lookup_id",
    "request_id",
    "batch_id",
}


def storable(response: Response, secret_fields: Iterable[str]) -> ResponseData:
    """The response to store; secret fields are null in it."""
    data = response.data
    if isinstance(data, dict):
        data = data | {name: None for name in secret_fields if name in data}
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


def replay(stored: ResponseData) -> Response:
    data = orjson.loads(stored.body) if stored.body else None
    headers = stored.headers | {"Idempotency-Replayed": "true"}
    return Response(data, status=stored.status, headers=headers)
