"""What a plan is asked, and what it answers."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import orjson

from fluxrate.postgres.attribution import PARTS
from fluxrate.postgres.backend.base import fetch
from fluxrate.postgres.named_sql import NamedSQL
from fluxrate.postgres.prepared import Execution, Row

from .credentials import Credential

Headers = dict[str, str]
HeaderList = list[tuple[str, str]]
# How data is rendered, by orjson.
JSON = orjson.OPT_UTC_Z


class Key(NamedTuple):
    """What decides about the form of an answer, the caller and the object apart.

    `path` and `query` have "{id}" for the ids of an arrival, as a client may write.
    An empty header is not a missing one, None.
    """

    credential: type
    method: str
    path: str
    query: str
    has_object_id: bool
    has_after: bool
    content_type: str | None
    accept: str | None
    host: str | None
    scheme: str
    forwarded: str | None
    origin: str | None


class Arrival(NamedTuple):
    """A request that a plan may answer.

    `object_id` is the id in its path, and `after` the id in its query, or "". `tags`
    are the tags of If-None-Match, and `revisions` the tags of If-Match. `body` is the
    JSON document of a write, and `reason` its X-Change-Reason. `began` is a time of
    perf_counter.
    """

    key: Key
    path: str
    credential: Credential
    object_id: str
    after: str
    tags: set[str]
    revisions: list[int] | None
    request_id: str
    traceparent: str
    body: object
    reason: str
    idempotency_key: str
    began: float

    def parameters(self) -> dict[str, object]:
        return {**self.credential.parameters(), "object": self.object_id}

    def context(self) -> dict[str, object]:
        """The parameters of CONTEXT_SQL."""
        context = {
            "actor": self.credential.actor,
            "request_id": self.request_id,
            "reason": self.reason,
        }
        return {f"context_{name}": context.get(name, "") for name in PARTS}


class Answered(NamedTuple):
    """A success: `data` is rendered as JSON; other answers have other `headers`."""

    status: int
    data: object
    headers: Headers


class Plan(ABC):
    """One statement that answers the requests of one key; `named` is its text."""

    named: NamedSQL
    # Whether an answer is made in less than a millisecond; the event loop waits for it.
    is_short = True

    @abstractmethod
    def execution(self, arrival: Arrival) -> Execution:
        """The statement. Raises NotAcceptedError if the ordinary way must decide."""

    @abstractmethod
    def answered(self, rows: list[Row], arrival: Arrival) -> Answered | None:
        """The answer for the rows; None if the ordinary way must decide."""

    def answer(self, arrival: Arrival) -> Answered | None:
        """Execute the statement in this thread, and answer."""
        return self.answered(fetch(*self.execution(arrival)), arrival)

    def same_as(self, other: "Plan") -> bool:
        """Whether both recordings say the same: nothing of a stand-in is left."""
        return self.named.same_as(other.named)
