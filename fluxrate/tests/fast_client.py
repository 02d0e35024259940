"""Django's test client goes through the front controller, as a server's requests do."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test.client import ClientHandler
from django.test.signals import setting_changed

from organizations.auth.front import front_controller

ordinary_call = ClientHandler.__call__


@contextmanager
def fast_client() -> Iterator[None]:
    """Answer the requests of test clients by plans, if FAST_PATH is on.

    A response that a plan gave has the attribute `by_plan`.
    """
    ordinary = ordinary_call
    if settings.FAST_PATH:
        ClientHandler.__call__ = _fast(ordinary)  # type: ignore[method-assign]
    try:
        yield
    finally:
        ClientHandler.__call__ = ordinary  # type: ignore[method-assign]


def _fast(ordinary: Callable[..., Any]) -> Callable[..., Any]:
    def django(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response = ordinary(environ["test.handler"], environ)
        environ["test.response"] = response
        line = f"{response.status_code} {response.reason_phrase}"
        start_response(line, list(response.headers.items()))
        return [] if response.streaming else [response.content]

    front = front_controller(django)
    # A server's settings do not change; a test's do.
    setting_changed.connect(front.forget, weak=False)

    def call(handler: ClientHandler, environ: dict[str, Any]) -> HttpResponseBase:
        if connection.queries_logged:
            # The test counts statements: those of the views.
            return ordinary(handler, environ)
        environ["test.handler"] = handler
        started: list[Any] = []
        body = b"".join(front(environ, lambda *line: started.extend(line)))
        ordinary_response = environ.pop("test.response", None)
        if ordinary_response is not None:
            return ordinary_response
        status, headers = started
        response = HttpResponse(body, status=int(status[:3]))
        for name in list(response.headers):
            del response.headers[name]
        for name, value in headers:
            response.headers[name] = value
        vars(response).update(wsgi_request=WSGIRequest(environ), by_plan=True)
        return response

    return call
