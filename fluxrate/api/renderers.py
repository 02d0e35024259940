"""JSON out, by orjson; what is acceptable and what is not."""

from typing import Any

import orjson
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer

PROBLEM = "application/problem+json"


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        return b"" if data is None else orjson.dumps(data)


class Negotiation(DefaultContentNegotiation):
    """Whoever accepts RFC 9457 problems accepts JSON for what is no problem."""

    def select_renderer(
        self, request: Any, renderers: Any, format_suffix: Any = None
    ) -> Any:
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            if PROBLEM in request.META.get("HTTP_ACCEPT", ""):
                return renderers[0], renderers[0].media_type
            raise
