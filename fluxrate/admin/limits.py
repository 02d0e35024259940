"""The limit of a request: the organizations that exist for its user."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextvars import copy_context

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse

from fluxrate.models.limits import limited_to


def limited(request: HttpRequest) -> AbstractContextManager[None]:
    return limited_to(getattr(request.user, "limit", None))


def within_limit(response: HttpResponseBase) -> HttpResponseBase:
    """The response. Late queries have the limit, too: the queries of a template, and
    the queries of a stream.
    """
    if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
        return response.render()
    if isinstance(response, StreamingHttpResponse) and not response.is_async:
        response.streaming_content = _in_this_context(iter(response))
    return response


def _in_this_context(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts, each computed in the context of this call."""
    # A generator would copy the context when the server reads it, which is too late.
    here, end = copy_context(), b""
    return iter(lambda: here.run(next, parts, end), end)
