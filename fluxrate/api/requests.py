"""A request to the API, and who sends it."""

from typing import TYPE_CHECKING, Any, Protocol

from rest_framework import request


class Caller(Protocol):
    """An API key, a member or a member of staff; `str()` is the actor in events."""

    @property
    def organization(self) -> Any:
        """The organization whose rows the caller may see."""

    def may(self, scope: str) -> bool:
        """Whether the caller has a scope such as `customers.write`."""

    def require(self, scope: str) -> None:
        """Raise PermissionDenied (403) if the caller lacks the scope."""


class Request(request.Request):
    """DRF's request; `auth` is the caller, which public views do not have."""

    if TYPE_CHECKING:
        auth: Caller
