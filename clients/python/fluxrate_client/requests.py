"""A request to the API, and what its response contains."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, starmap
from typing import Generic, TypeVar
from urllib.parse import quote

Answer_co = TypeVar("Answer_co", covariant=True)

_BY_ID = ("/customers", "/plans", "/subscriptions")
_ORDERS = {"page", "after", "ordering", "search"}
_GREATEST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
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

    def parameters(self) -> tuple[tuple[str, str], ...] | None:
        """The query; None leaves the query of the path as it is."""
        return tuple(chain(*starmap(_pairs, self.query.items()))) or None


def from_the_first(request: Request[Answer_co]) -> Request[Answer_co]:
    """The request for the first page, after which a new object moves no other.

    Lists of these nouns are newest first, so it begins after the greatest id.
    """
    is_ordered = _ORDERS & request.query.keys()
    if is_ordered or not request.path.endswith(_BY_ID):
        return request
    return replace(request, query={**request.query, "after": _GREATEST})


def condition(if_match: int | None) -> dict[str, str]:
    """If-Match with a revision."""
    return {} if if_match is None else {"If-Match": f'"{if_match}"'}


def segment(text: object) -> str:
    """A part of a path, such as an external_id with a slash."""
    if str(text) in {"", ".", ".."}:
        # httpx removes such parts from a path.
        raise ValueError(f"{text!r} cannot be part of a URL.")
    return quote(str(text), safe="")


def _pairs(name: str, value: object) -> list[tuple[str, str]]:
    """A list is separated by commas; the metadata `{"tier": "gold"}` is `tier:gold`."""
    if name == "metadata" and isinstance(value, Mapping):
        return [(name, f"{key}:{text}") for key, text in value.items()]
    if name == "metadata" and isinstance(value, list | tuple):
        return [(name, str(pair)) for pair in value]
    if isinstance(value, list | tuple):
        return [(name, ",".join(map(_quoted, value)))]
    if isinstance(value, datetime):
        return [(name, value.isoformat())]
    return [(name, str(value).lower() if isinstance(value, bool) else str(value))]


def _quoted(value: object) -> str:
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if {",", '"'} & set(text) else text
