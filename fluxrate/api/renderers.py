"""JSON out, by orjson; which media types are read and answered."""

from typing import Any

import orjson
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer

PROBLEM = "application/problem+json"
MERGE_PATCH = "application/merge-patch+json"


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        return b"" if data is None else orjson.dumps(data)


class Negotiation(DefaultContentNegotiation):
    """Whoever accepts RFC 9457 problems accepts JSON for what is no problem."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """The parser whose media type is named, wildcards being no type of a body.

        A change is what RFC 7396 calls a merge patch.
        """
        named = request.content_type.partition(";")[0].strip().lower()
        if named == MERGE_PATCH and request.method in {"PUT", "PATCH"}:
            named = JSONRenderer.media_type
        return next((each for each in parsers if each.media_type == named), None)

    def select_renderer(
        self, request: Any, renderers: Any, format_suffix: Any = None
    ) -> Any:
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            if PROBLEM in request.META.get("HTTP_ACCEPT", ""):
                return renderers[0], renderers[0].media_type
            raise
