"""Make a plan from a request that the ordinary way has just answered."""

import logging
from typing import NamedTuple, cast

import orjson
from django.urls import ResolverMatch, resolve

from .arrival import Environ
from .create_plan import CreatePlan
from .list_plan import ListPlan
from .object_plan import ObjectPlan
from .plan import JSON, Arrival, HeaderList, Plan
from .recording import CannotRecordError, record, refuse_queries
from .update_plan import UpdatePlan
from .write_plan import WritePlan

logger = logging.getLogger("fluxrate.api.fast_path")
_KINDS: dict[str, type[ObjectPlan | ListPlan | CreatePlan | UpdatePlan]] = {
    "retrieve": ObjectPlan,
    "list": ListPlan,
    "create": CreatePlan,
    "update": UpdatePlan,
    "partial_update": UpdatePlan,
}
# Headers that each answer has anew. The ordinary answer has the others.
_OWN = {
    "content-length",
    "date",
    "etag",
    "link",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "x-request-id",
}


class Ordinary(NamedTuple):
    """An answer of the ordinary way."""

    headers: dict[str, str]
    body: bytes


def make_plan(
    arrival: Arrival, environ: Environ, ordinary: Ordinary
) -> tuple[Plan, str, HeaderList] | None:
    """A plan whose answer is the ordinary one, with its route and its headers."""
    if "Set-Cookie" in ordinary.headers:
        return None
    try:
        match = resolve(arrival.path)
        with refuse_queries():
            plan, other = (_recorded(arrival, environ, match) for _ in range(2))
        if not plan.same_as(other) or not _is_proven(plan, arrival, ordinary):
            return None
    except Exception as error:
        logger.debug("No plan for %s", arrival.key.path, exc_info=error)
        return None
    headers = [item for item in ordinary.headers.items() if item[0].lower() not in _OWN]
    return plan, match.route, headers


def _recorded(arrival: Arrival, environ: Environ, match: ResolverMatch) -> Plan:
    names = (
        name for name, value in match.kwargs.items() if str(value) == arrival.object_id
    )
    object_kwarg = next(names, "")
    if bool(object_kwarg) != bool(arrival.object_id):
        raise CannotRecordError
    recording = record(match, environ, object_kwarg=object_kwarg, after=arrival.after)
    kind = _KINDS.get(recording.action)
    if kind is None:
        raise CannotRecordError
    return kind(recording, type(arrival.credential))


def _is_proven(plan: Plan, arrival: Arrival, ordinary: Ordinary) -> bool:
    """Whether the plan answers as the ordinary way just did.

    A write is not repeated: what it stored is read, and its body is validated again.
    """
    if isinstance(plan, WritePlan):
        if not plan.acceptor.agrees(cast("dict[str, object]", arrival.body)):
            return False
        object_id = arrival.object_id or orjson.loads(ordinary.body)["id"]
        answered = plan.stored(arrival, object_id)
    else:
        answered = plan.answer(arrival)
    return (
        answered is not None
        and orjson.dumps(answered.data, option=JSON) == ordinary.body
        and all(
            ordinary.headers.get(name) == answered.headers.get(name)
            for name in ("ETag", "Link", "Location")
        )
    )
