"""Texts that every caller gets alike: compressed once, with an ETag per coding."""

import gzip
import hashlib

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

from .content_coding import accepts_gzip


class Document:
    """A text, the headers that are its own, and its responses."""

    def __init__(
        self, text: str, media_type: str, headers: dict[str, str] | None = None
    ) -> None:
        self.content = text.encode()
        self.coded = gzip.compress(self.content, 9, mtime=0)
        digest = hashlib.sha256(self.content).hexdigest()[:16]
        self.tag, self.coded_tag = f'"{digest}"', f'"{digest}-gzip"'
        self.headers = {
            "Content-Type": media_type,
            # Caches ask each time whether the ETag is still the present one.
            "Cache-Control": "no-cache",
            "Vary": "Accept-Encoding",
            **(headers or {}),
        }

    def respond(self, request: HttpRequest) -> HttpResponseBase:
        """200, or 304 if If-None-Match has the tag of the text in the same coding."""
        is_coded = accepts_gzip(request.META.get("HTTP_ACCEPT_ENCODING", ""))
        tag = self.coded_tag if is_coded else self.tag
        response = HttpResponse(
            self.coded if is_coded else self.content,
            headers=self.headers | {"ETag": tag},
        )
        if is_coded:
            response.headers["Content-Encoding"] = "gzip"
        return get_conditional_response(request, tag, None, response) or response
