"""Answers requests that a plan knows, before middleware, resolver and view.

A plan is recorded when the ordinary way has answered the same request, and is used from
then on if its answer is the same, byte for byte. Whatever a plan does not answer goes
the ordinary way, which alone has words for a refusal.
"""

import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import orjson
from django.db import DatabaseError, connections
from django.db.models.signals import post_migrate
from rest_framework.exceptions import APIException

from fluxrate.api import throttling
from fluxrate.api.views import FAILURE
from fluxrate.context import context
from fluxrate.errors import RuleBroken
from fluxrate.logging import log_request
from fluxrate.postgres.attribution import atomic_as

from .acceptors import NotAcceptedError
from .arrival import ReadCredential, read_arrival
from .keyed import answer_once
from .making import Ordinary, make_plan
from .plan import JSON, Answered, Arrival, HeaderList, Key, Plan

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

_MAX_PLANS = 2_000
# A request is worth a plan when it comes again. If the plan's answer differs, the rows
# may have changed meanwhile: the next attempts are at twice the number of answers.
MAX_ANSWERS = 1_024
_STATUS = {200: "200 OK", 201: "201 Created", 304: "304 Not Modified"}
# SQLSTATE classes of errors that certainly undid the statement, and that the ordinary
# way can explain: of data, of constraints, of a schema that a migration has changed.
_UNDONE = ("0A", "22", "23", "42")


class _Known(NamedTuple):
    """A plan, and the headers that all of its answers share."""

    plan: Plan
    route: str
    headers: HeaderList


class FrontController:
    """A WSGI application around Django's."""

    def __init__(self, application: Application, read: ReadCredential) -> None:
        self.application, self.read_credential = application, read
        # The number of answers of the ordinary way, until there is a plan.
        self._plans: dict[Key, _Known | int] = {}
        self._lock = threading.Lock()
        post_migrate.connect(self.forget)

    def __call__(
        self, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        arrival = read_arrival(environ, self.read_credential)
        known = 0 if arrival is None else self._plans.get(arrival.key, 0)
        if arrival is None or known == MAX_ANSWERS:
            return self.application(environ, start_response)
        if isinstance(known, int) and arrival.idempotency_key:
            # The answer may be a stored one.
            return self.application(environ, start_response)
        if isinstance(known, int):
            return self._learn(known, arrival, environ, start_response)
        lease = throttling.count(arrival.credential.actor)
        environ[throttling.COUNTED] = lease
        with context(request_id=arrival.request_id):
            answered = None
            if lease is None or lease.tokens >= 0:
                answered = self._ask(known, arrival, environ)
            if answered is None:
                return self.application(environ, start_response)
            status, headers, body = _response(known, answered, arrival)
            log_request(
                actor=arrival.credential.actor,
                method=arrival.key.method,
                route=known.route,
                status=status,
                size=len(body),
                began=arrival.began,
            )
        if lease is not None:
            headers.extend(lease.headers().items())
        start_response(_STATUS[status], headers)
        return [body]

    def _ask(
        self, known: _Known, arrival: Arrival, environ: dict[str, Any]
    ) -> Answered | None:
        organization_id = arrival.credential.organization_id
        try:
            with (
                throttling.per_organization.admitted(organization_id),
                _attributed(arrival),
            ):
                if arrival.idempotency_key:
                    return answer_once(known.plan, arrival)
                return known.plan.answer(arrival)
        except (NotAcceptedError, RuleBroken, APIException):
            return None
        except DatabaseError as error:
            state = getattr(error.__cause__, "sqlstate", None) or ""
            if not state.startswith(_UNDONE):
                # The statement may have written: it must not run again.
                environ[FAILURE] = error
            elif not state.startswith("2"):
                self._keep(arrival.key, 0)
            return None

    def _learn(
        self,
        answers: int,
        arrival: Arrival,
        environ: dict[str, Any],
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """The ordinary answer; from it, a plan if the request came before."""
        started: list[Any] = []

        def start(status: str, headers: HeaderList, *error: Any) -> Any:
            started[:] = [status, headers]
            return start_response(status, headers, *error)

        recorded = dict(environ)
        body = _joined(self.application(environ, start))
        status, headers = started
        if status[:3] in {"200", "201"}:
            answers, made = answers + 1, None
            if answers > 1 and answers.bit_count() == 1:
                made = make_plan(arrival, recorded, Ordinary(dict(headers), body))
            self._keep(arrival.key, answers if made is None else _Known(*made))
        return [body]

    def _keep(self, key: Key, known: _Known | int) -> None:
        with self._lock:
            if len(self._plans) >= _MAX_PLANS and key not in self._plans:
                self._plans.pop(next(iter(self._plans)))
            self._plans[key] = known

    def forget(self, **_: object) -> None:
        """Drop all plans: the schema or the settings have changed."""
        with self._lock:
            self._plans.clear()


def _attributed(arrival: Arrival) -> AbstractContextManager[None]:
    """A savepoint for a write within a transaction, as in a test; else nothing: the
    statement is a transaction, and sets its context.
    """
    if arrival.key.method != "GET" and connections["default"].in_atomic_block:
        return atomic_as(arrival.credential.actor, reason=arrival.reason)
    return nullcontext()


def _response(
    known: _Known, answered: Answered, arrival: Arrival
) -> tuple[int, HeaderList, bytes]:
    tag = answered.headers.get("ETag")
    if tag is not None and arrival.tags & {"*", tag}:
        headers = [item for item in known.headers if item[0] != "Content-Type"]
        status, body = 304, b""
    else:
        headers = list(known.headers)
        status, body = answered.status, orjson.dumps(answered.data, option=JSON)
    headers.extend(answered.headers.items())
    headers.append(("Content-Length", str(len(body))))
    headers.append(("X-Request-ID", arrival.request_id))
    return status, headers, body


def _joined(parts: Iterable[bytes]) -> bytes:
    try:
        return b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
