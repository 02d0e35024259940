"""The guides as pages, as Markdown, and in one text. Their texts are read once."""

from functools import cache

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from fluxrate.api.documents import Document

from .full_text import full_text, index
from .guide import Guide, guides
from .render import html

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


@require_safe
def page(request: HttpRequest, name: str = "README") -> HttpResponseBase:
    return _page(_guide(name)).respond(request)


@require_safe
def markdown(request: HttpRequest, name: str) -> HttpResponseBase:
    return _text(_guide(name).markdown, "text/markdown").respond(request)


@require_safe
def llms(request: HttpRequest) -> HttpResponseBase:
    return _text(index(), "text/plain").respond(request)


@require_safe
def llms_full(request: HttpRequest) -> HttpResponseBase:
    return _text(full_text(), "text/plain").respond(request)


def _guide(name: str) -> Guide:
    if name not in guides():
        raise Http404
    return guides()[name]


@cache
def _text(text: str, media_type: str) -> Document:
    return Document(text, f"{media_type}; charset=utf-8")


@cache
def _page(guide: Guide) -> Document:
    listed = [each for each in guides().values() if "/" not in each.name]
    context = {"guide": guide, "body": html(guide), "guides": listed}
    text = render_to_string("documentation/guide.html", context)
    headers = {"Content-Security-Policy": _POLICY}
    return Document(text, "text/html; charset=utf-8", headers)
