"""The rows that an action runs on, stored by the server: a URL cannot hold 1,000 ids.

A selection is a row of Django's sessions: the confirmation page can be loaded again.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Self, cast

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, QueryDict

PARAMETER = "selection"
LIFETIME_SECONDS = 12 * 3_600


class Selection:
    """The primary keys of one model's rows, and a rejected form with its errors."""

    def __init__(self, session: SessionBase) -> None:
        self._session = session

    @classmethod
    def create(cls, request: HttpRequest, label: str, ids: Sequence[str]) -> Self:
        session = _new_session()
        session.update({"user": str(request.user.pk), "label": label, "ids": ids})
        session.set_expiry(LIFETIME_SECONDS)
        session.create()
        return cls(session)

    @classmethod
    def from_request(cls, request: HttpRequest, label: str) -> Self | None:
        """The selection that the URL names, unless it is another user's or expired."""
        key = request.GET.get(PARAMETER, "")
        session = _new_session(key if key.isalnum() else "")
        owner = session.get("user"), session.get("label")
        return cls(session) if owner == (str(request.user.pk), label) else None

    @property
    def key(self) -> str:
        return str(self._session.session_key)

    @property
    def ids(self) -> list[str]:
        return list(self._session["ids"])

    def pop_rejected(self) -> tuple[QueryDict | None, dict[str, list[str]]]:
        """The rejected form and its errors by field; once, so Back shows a new form."""
        data = self._session.pop("data", None)
        errors = self._session.pop("errors", {})
        if data is not None:
            self._session.save()
        return (None if data is None else QueryDict(data)), errors

    def store_rejected(
        self, data: QueryDict, errors: Mapping[str, Sequence[str]]
    ) -> None:
        self._session["data"], self._session["errors"] = data.urlencode(), errors
        self._session.save()


def _new_session(key: str = "") -> SessionBase:
    engine = import_module(settings.SESSION_ENGINE)
    return cast(SessionBase, engine.SessionStore(key))
