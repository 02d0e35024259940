"""A request to the API, and what its response contains."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import quote

Answer_co = TypeVar("Answer_co", covariant=True)

# A body without the members that the caller left out.
Body = dict[str, object]


@dataclass(frozen=True)
class Request(Generic[Answer_co]):
    """`Answer_co` is the type of the response's JSON; None for 204.

    A POST has a new Idempotency-Key, so that it can be repeated.
    """

    method: str
    path: str
    body: Body | None = None
    query: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    idempotency_key: str = field(default_factory=lambda: str(uuid.uuid4()))

    def all_headers(self) -> dict[str, str]:
        keyed = {"Idempotency-Key": self.idempotency_key}
        return {**self.headers, **(keyed if self.method == "POST" else {})}

    def parameters(self) -> dict[str, str] | None:
        """The query: a list is separated by commas, each value quoted.

        None leaves the query of the path as it is.
        """
        return {name: _text(value) for name, value in self.query.items()} or None


def condition(if_match: int | None) -> dict[str, str]:
    """If-Match with a revision."""
    return {} if if_match is None else {"If-Match": f'"{if_match}"'}


def segment(text: object) -> str:
    """A part of a path, such as an external_id with a slash."""
    return quote(str(text), safe="")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        quoted = (str(each).replace('"', '""') for each in value)
        return ",".join(f'"{each}"' for each in quoted)
    return str(value)
