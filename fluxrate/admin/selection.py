"""The rows that an action is about, kept by the server: an address holds no 1,000 ids.

A selection is a row of Django's sessions of its own, so that the question about it is a
page that can be loaded again, and Back leads to it. Only who made it can use it.
"""

from importlib import import_module
from typing import Any, Self

from django.conf import settings
from django.http import QueryDict

PARAMETER = "selection"
SECONDS = 12 * 3_600


class Selection:
    """`typed` is the form that was refused, `refusal` why: messages by field."""

    def __init__(self, store: Any) -> None:
        self._store = store

    @classmethod
    def keep(cls, request: Any, label: str, ids: list[str]) -> Self:
        store = _engine().SessionStore()
        store.update({"user": str(request.user.pk), "label": label, "ids": ids})
        store.set_expiry(SECONDS)
        store.create()
        return cls(store)

    @classmethod
    def find(cls, request: Any, label: str) -> Self | None:
        key = request.GET.get(PARAMETER, "")
        store = _engine().SessionStore(key if key.isalnum() else "")
        if store.get("user") != str(request.user.pk) or store.get("label") != label:
            return None
        return cls(store)

    @property
    def key(self) -> str:
        return str(self._store.session_key)

    @property
    def ids(self) -> list[str]:
        return list(self._store["ids"])

    def take_refused(self) -> tuple[QueryDict | None, dict[str, list[str]]]:
        """The form that was refused; shown once, so that Back shows an empty one."""
        typed = self._store.pop("typed", None)
        refusal = self._store.pop("refusal", {})
        if typed is not None:
            self._store.save()
        return (None if typed is None else QueryDict(typed)), refusal

    def keep_refused(self, typed: QueryDict, refusal: dict[str, list[str]]) -> None:
        self._store["typed"], self._store["refusal"] = typed.urlencode(), refusal
        self._store.save()


def _engine() -> Any:
    return import_module(settings.SESSION_ENGINE)
