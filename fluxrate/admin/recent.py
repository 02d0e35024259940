"""The records that a staff user opened last, in a signed cookie of the browser.

The server stores nothing: in a session, each page that is read would be a write.
"""

import uuid

from django.conf import settings
from django.core.signing import BadSignature
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from fluxrate.postgres.triggers import object_type

from .query_values import parse_uuid
from .requests import staff_id

COOKIE, SECONDS, LENGTH = "admin_recent", 30 * 24 * 60 * 60, 8
Recent = list[tuple[str, uuid.UUID]]


def recent(request: HttpRequest) -> Recent:
    """The type and the id of each, the last one first."""
    try:
        text = request.get_signed_cookie(COOKIE, "", salt=_salt(request))
    except BadSignature:
        return []
    entries = (entry.partition(".") for entry in (text or "").split("-"))
    ids = ((name, parse_uuid(key)) for name, _, key in entries)
    return [(name, pk) for name, pk in ids if pk]


def remember(
    request: HttpRequest, response: HttpResponse, model: type[Model], pk: object
) -> None:
    """Store the record as the last one, unless its id is no UUID."""
    key = parse_uuid(str(pk))
    before = recent(request)
    entry = (object_type(model), key)
    if key is None or before[:1] == [entry]:
        return
    others = [each for each in before if each != entry][: LENGTH - 1]
    text = "-".join(f"{name}.{each.hex}" for name, each in [(entry[0], key), *others])
    response.set_signed_cookie(
        COOKIE,
        text,
        salt=_salt(request),
        max_age=SECONDS,
        path=reverse("admin:index"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _salt(request: HttpRequest) -> str:
    """Another user of the browser cannot read it."""
    return f"{COOKIE}.{staff_id(request)}"
