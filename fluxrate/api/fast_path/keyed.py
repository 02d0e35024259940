"""A creation with an Idempotency-Key: its response is stored in its transaction."""

import orjson
from rest_framework.response import Response

from fluxrate.api.idempotency import idempotency_key
from fluxrate.api.response_data import storable
from fluxrate.postgres.attribution import atomic_as

from .plan import JSON, Answered, Arrival, Plan


def answer_once(plan: Plan, arrival: Arrival) -> Answered | None:
    """The plan's answer to the first request with the key.

    Any other request goes the ordinary way, which replays or refuses. Raises RuleBroken
    for a key that is in use.
    """
    credential = arrival.credential
    key = idempotency_key(
        arrival.idempotency_key,
        organization_id=credential.organization_id,
        method=arrival.key.method,
        path=arrival.path,
        data=arrival.body,
    )
    with atomic_as(credential.actor, reason=arrival.reason):
        answered = plan.answer(arrival) if key.find() is None else None
        if answered is not None:
            data = orjson.loads(orjson.dumps(answered.data, option=JSON))
            response = Response(data, answered.status, headers=answered.headers)
            key.store(storable(response, ()))
    return answered
