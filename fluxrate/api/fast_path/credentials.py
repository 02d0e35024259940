"""What a request shows of its caller."""

from typing import ClassVar, Protocol
from uuid import UUID

from fluxrate.postgres.named_sql import NamedSQL


class Credential(Protocol):
    """An access token or an API key that may stand; only the database decides."""

    uses_cookie: ClassVar[bool]

    @property
    def actor(self) -> str:
        """The actor in events: `user:…` or `key:…`."""

    @property
    def organization_id(self) -> UUID: ...

    def parameters(self) -> dict[str, object]:
        """The parameters of `caller_sql`, `organization` among them."""

    @staticmethod
    def caller_sql(scopes: frozenset[str]) -> NamedSQL:
        """A SELECT of the caller's `organization_id`, without a row for a caller who
        does not stand, or who lacks a scope.
        """
