"""The rows that an action runs on, stored by the server: a URL cannot hold 1,000 ids.

A selection is a row of Django's sessions of its own. The confirmation page can so be
loaded again, and the browser's Back returns to it. Only its creator can use it.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Self

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
        """The selection that the URL names; None if it is another user's or expired."""
        key = request.GET.get(PARAMETER, "")
        session = _new_session(key if key.isalnum() else "")
        if session.get("user") != str(request.user.pk) or session.get("label") != label:
            return None
        return cls(session)

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
    session: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return session
