"""A request of a staff user: who acts, why, and what one hook leaves for another."""

import uuid
from dataclasses import dataclass
from typing import cast

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest

from fluxrate.text import reason_text


@dataclass
class RequestState:
    """Values that a ModelAdmin's view passes to hooks that receive only the request.

    `save_error` stopped the first attempt to save; the form shows it.
    """

    save_error: Exception | None = None
    search_refused: bool = False
    # A new record with a secret, which only this instance of it has.
    shown_once: Model | None = None


def state_of(request: HttpRequest) -> RequestState:
    state: RequestState | None = getattr(request, "admin_state", None)
    if state is None:
        state = request.admin_state = RequestState()  # type: ignore[attr-defined]
    return state


def staff_id(request: HttpRequest) -> uuid.UUID:
    return cast(uuid.UUID, request.user.pk)


def staff_actor(request: HttpRequest) -> str:
    """The actor of the request's events: `staff:<id>`."""
    return f"staff:{request.user.pk}"


def change_reason(request: HttpRequest) -> str:
    """The reason in the submitted form; "" if it is invalid, which the form reports."""
    try:
        return reason_text(request.POST.get("reason", ""))
    except ValidationError:
        return ""


def is_superuser(request: HttpRequest) -> bool:
    return request.user.is_active and getattr(request.user, "is_superuser", False)
