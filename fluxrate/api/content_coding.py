"""gzip for clients that accept it (RFC 9110, 8.4 and 12.5.3).

`Cache-Control: no-transform` (RFC 9111, 5.2.2.6) exempts a response, such as one with a
secret beside text of the caller. HTML is exempt: forms have CSRF tokens.
"""

import re
from functools import lru_cache

from isal import isal_zlib

Headers = list[tuple[str, str]]

MIN_BYTES = 1_000
# Larger bodies take longer than the event loop may be busy.
MAX_LOOP_BYTES = 65_536
_TYPES = {"application/json", "application/problem+json", "application/yaml"}
# A gzip header (16) and a window of 4 KB (12): lists repeat themselves nearby.
_LEVEL, _WINDOW_BITS = 1, 16 + 12
_CODING = re.compile(r"\s*(gzip|x-gzip|\*)\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?")


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: str) -> bool:
    matches = map(_CODING.fullmatch, accept_encoding.lower().split(","))
    weights = {match[1]: float(match[2] or 1) for match in matches if match}
    names = [name for name in ("gzip", "x-gzip", "*") if name in weights]
    return bool(names) and weights[names[0]] > 0


def encode(
    headers: Headers, body: bytes, accept_encoding: str
) -> tuple[Headers, bytes]:
    """The headers and the body as this client receives them.

    A strong ETag becomes weak: it identifies the bytes of one coding.
    """
    fields = {name.lower(): value for name, value in headers}
    if not _varies(fields):
        return headers, body
    vary = [fields["vary"]] if "vary" in fields else []
    headers = [item for item in headers if item[0].lower() != "vary"]
    headers.append(("Vary", ", ".join([*vary, "Accept-Encoding"])))
    if len(body) < MIN_BYTES or not accepts_gzip(accept_encoding):
        return headers, body
    compressor = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _WINDOW_BITS)
    if fields.get("etag", "").startswith('"'):
        headers = [item for item in headers if item[0].lower() != "etag"]
        headers.append(("ETag", f"W/{fields['etag']}"))
    headers.append(("Content-Encoding", "gzip"))
    return headers, compressor.compress(body) + compressor.flush()


def _varies(fields: dict[str, str]) -> bool:
    """Whether the response to these headers is encoded here. A 304 has no type."""
    is_exempt = "no-transform" in fields.get("cache-control", "")
    if is_exempt or "Accept-Encoding" in fields.get("vary", ""):
        return False
    media_type = fields.get("content-type", "").partition(";")[0]
    return media_type in _TYPES or ("etag" in fields and not media_type)
