"""Answers requests that a plan knows, before middleware, resolver and view.

A plan is recorded when the ordinary way has answered the same request, and is used from
then on if its answer is the same, byte for byte. Whatever a plan does not answer goes
the ordinary way, which alone has words for a refusal.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, TypeVar

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.models.signals import post_migrate
from rest_framework.exceptions import APIException

from fluxrate.api import throttling
from fluxrate.api.views import FAILURE
from fluxrate.api.wsgi_body import body_of
from fluxrate.context import context
from fluxrate.errors import RuleBroken
from fluxrate.postgres.attribution import atomic_as
from fluxrate.postgres.loop_connection import Result
from fluxrate.postgres.loop_connections import LoopConnections
from fluxrate.postgres.prepared import Execution

from .acceptors import NotAcceptedError
from .arrival import ReadCredential, read_arrival
from .keyed import answer_once
from .making import Ordinary, make_plan
from .plan import Answered, Arrival, HeaderList, Key
from .response import Known, Response, respond

StartResponse = Callable[..., Any]
Then = Callable[[Response | None], None]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

# Of plans, and of keys without one.
MAX_KEYS = 2_000
# A request is worth a plan when it comes again. If the plan's answer differs, the rows
# may have changed meanwhile: the next attempts are at twice the number of answers.
MAX_ANSWERS = 1_024
# The WSGI variable of a request that `begin` has read.
_ARRIVAL = "fluxrate.arrival"
# SQLSTATE classes of errors that certainly undid the statement: of data and of
# constraints, which the ordinary way explains; of a schema that has changed.
_OF_DATA, _OF_SCHEMA = ("22", "23"), ("0A", "42")

logger = logging.getLogger("fluxrate.api.fast_path")
Entry = TypeVar("Entry")


class FrontController:
    """A WSGI application around Django's."""

    def __init__(self, application: Application, read: ReadCredential) -> None:
        self.application, self.read_credential = application, read
        # The plan that was used last is the last one.
        self._plans: OrderedDict[Key, Known] = OrderedDict()
        # The answers of the ordinary way to keys without a plan. A key that comes once
        # takes no place of a plan.
        self._answers: dict[Key, int] = {}
        self._lock = threading.Lock()
        post_migrate.connect(self.forget)

    def __call__(
        self, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        arrival = environ.pop(_ARRIVAL, None)
        if arrival is None:
            arrival = read_arrival(environ, self.read_credential)
        if arrival is None:
            return self.application(environ, start_response)
        known = self._known(arrival.key)
        if known is None:
            return self._learn(arrival, environ, start_response)
        with context(request_id=arrival.request_id):
            answered = self._ask(known, arrival, environ)
            if answered is None:
                return self.ordinary(environ, start_response)
            status, headers, body = respond(
                known, answered, arrival, environ[throttling.COUNTED]
            )
        start_response(status, headers)
        return [body]

    def begin(
        self, environ: dict[str, Any], database: LoopConnections, then: Then
    ) -> bool:
        """Answer in the event loop, without waiting; whether a plan does so.

        `then` gets the response, or None if `ordinary` must answer.
        """
        try:
            ready = self._ready(environ, database)
        except Exception:  # noqa: BLE001 - its thread meets the error, and reports it
            return False
        if ready is None:
            return False
        known, arrival, execution = ready

        def end(result: Result) -> None:
            then(self._end(known, arrival, environ, result))

        database.execute(execution, arrival.credential.organization_id, end)
        return True

    def _ready(
        self, environ: dict[str, Any], database: LoopConnections
    ) -> tuple[Known, Arrival, Execution] | None:
        """The statement of a request, which is counted; None if a thread is needed."""
        arrival = read_arrival(environ, self.read_credential, may_query=False)
        environ[_ARRIVAL] = arrival
        known = self._known(arrival.key) if arrival else None
        if (
            arrival is None
            or known is None
            or arrival.idempotency_key
            or not known.plan.is_short
            or not database.is_ready()
        ):
            return None
        execution = known.plan.execution(arrival)
        lease = None
        if settings.RATE_LIMIT:
            lease = throttling.spend(arrival.credential.actor, throttling.clock())
            if lease is None or lease.tokens < 0:
                return None
        environ[throttling.COUNTED] = lease
        return known, arrival, execution

    def _known(self, key: Key) -> Known | None:
        """The plan of a key. One organization's many queries drop no plan in use."""
        known = self._plans.get(key)
        if known is not None:
            # Another thread may have dropped it meanwhile.
            with suppress(KeyError):
                self._plans.move_to_end(key)
        return known

    def _end(
        self,
        known: Known,
        arrival: Arrival,
        environ: dict[str, Any],
        result: Result,
    ) -> Response | None:
        """The response to the result of a plan's statement."""
        if result is None:
            return None
        try:
            if isinstance(result, Exception):
                raise result
            answered = known.plan.answered(result, arrival)
            if answered is not None:
                return respond(known, answered, arrival, environ[throttling.COUNTED])
        except Exception as error:  # noqa: BLE001 - the ordinary way decides
            with context(request_id=arrival.request_id):
                self._fail(arrival, environ, error)
        return None

    def _ask(
        self, known: Known, arrival: Arrival, environ: dict[str, Any]
    ) -> Answered | None:
        """Count the request, and answer it; None if the ordinary way must decide."""
        try:
            lease = throttling.count(arrival.credential.actor)
        except DatabaseError:
            return None
        environ[throttling.COUNTED] = lease
        if lease is not None and lease.tokens < 0:
            return None
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
        except Exception as error:  # noqa: BLE001 - the ordinary way decides
            self._fail(arrival, environ, error)
            return None

    def ordinary(
        self, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        """The ordinary answer to a counted request. A 401 does not count."""
        body = self.application(environ, start_response)
        throttling.give_back(environ.pop(throttling.COUNTED, None))
        return body

    def _fail(
        self, arrival: Arrival, environ: dict[str, Any], error: Exception
    ) -> None:
        """Let the ordinary way repeat what certainly did nothing, and else report."""
        state = getattr(error.__cause__, "sqlstate", None) or ""
        if state.startswith(_OF_DATA):
            return
        if state.startswith(_OF_SCHEMA):
            self._drop(arrival.key)
        elif arrival.key.method != "GET" or state:
            # It may have written, or it has waited for as long as a request may.
            environ[FAILURE] = error
        elif not isinstance(error, DatabaseError):
            logger.error("The plan of %s fails", arrival.key.path, exc_info=error)
            self._drop(arrival.key)

    def _learn(
        self, arrival: Arrival, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        """The ordinary answer; from it, a plan if the request came before."""
        answers = self._answers.get(arrival.key, 0) + 1
        # A response to an Idempotency-Key may be a stored one.
        if answers > MAX_ANSWERS or arrival.idempotency_key:
            return self.application(environ, start_response)
        started: list[Any] = []

        def start(status: str, headers: HeaderList, *error: Any) -> Any:
            started[:] = [status, headers]
            return start_response(status, headers, *error)

        recorded = dict(environ)
        body = body_of(self.application(environ, start))
        status, headers = started
        if status[:3] in {"200", "201"}:
            made = None
            if answers > 1 and answers.bit_count() == 1:
                made = make_plan(arrival, recorded, Ordinary(dict(headers), body))
            self._keep(arrival.key, answers, made and Known(*made))
        return [body]

    def _keep(self, key: Key, answers: int, known: Known | None) -> None:
        with self._lock:
            if known is None:
                _put(self._answers, key, answers)
            else:
                _put(self._plans, key, known)
                self._answers.pop(key, None)

    def _drop(self, key: Key) -> None:
        """Have no plan for the key until many more answers."""
        with self._lock:
            self._plans.pop(key, None)
            _put(self._answers, key, MAX_ANSWERS // 2)

    def forget(self, **_: object) -> None:
        """Drop all plans: this process has changed the schema or the settings."""
        with self._lock:
            self._plans.clear()
            self._answers.clear()


def _put(entries: dict[Key, Entry], key: Key, entry: Entry) -> None:
    """Add an entry; the first one goes if there are too many."""
    if len(entries) >= MAX_KEYS and key not in entries:
        entries.pop(next(iter(entries)))
    entries[key] = entry


def _attributed(arrival: Arrival) -> AbstractContextManager[None]:
    """A savepoint for a write within a transaction, as in a test; else nothing: the
    statement is a transaction, and sets its context.
    """
    if arrival.key.method != "GET" and connections["default"].in_atomic_block:
        return atomic_as(arrival.credential.actor, reason=arrival.reason)
    return nullcontext()
