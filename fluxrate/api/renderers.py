"""JSON by orjson, and content negotiation."""

from collections.abc import Iterable

import orjson
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

PROBLEM = "application/problem+json"
MERGE_PATCH = "application/merge-patch+json"


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: object, *args: object, **kwargs: object) -> bytes:
        return b"" if data is None else orjson.dumps(data)


class Negotiation(DefaultContentNegotiation):
    """A client that accepts only RFC 9457 problems also receives JSON."""

    def select_parser(
        self, request: Request, parsers: Iterable[BaseParser]
    ) -> BaseParser | None:
        """The parser of the body's media type; a wildcard matches none.

        PUT and PATCH also take a JSON merge patch (RFC 7396).
        """
        media_type = request.content_type.partition(";")[0].strip().lower()
        if media_type == MERGE_PATCH and request.method in {"PUT", "PATCH"}:
            media_type = JSONRenderer.media_type
        matching = (parser for parser in parsers if parser.media_type == media_type)
        return next(matching, None)

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        try:
            selected: tuple[BaseRenderer, str] = super().select_renderer(
                request, renderers, format_suffix
            )
        except NotAcceptable:
            if PROBLEM in request.META.get("HTTP_ACCEPT", ""):
                renderer = next(iter(renderers))
                return renderer, str(renderer.media_type)
            raise
        return selected
