"""What all servers run: a WSGI application that reads requests as Django does."""

import json
import time

_HEADERS = [
    ("Content-Type", "application/json"),
    ("X-Request-ID", "0193b0c4-7a1e-7c55-9f3c-5d1f0f6a1b2c"),
    ("Cache-Control", "no-store"),
    ("ETag", '"1"'),
    ("X-Frame-Options", "DENY"),
    ("Vary", "Cookie"),
]


def application(environ, start_response):
    """`/echo` shows headers and the body's size, `/refuse` leaves the body unread,
    `/wait?ms` takes so long, `/send?bytes` sends so many; else 600 bytes.
    """
    path, number = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    status, body = "200 OK", b"x" * 600
    if path == "/refuse":
        status = "401 Unauthorized"
    elif path == "/wait":
        time.sleep(int(number) / 1_000)
    elif path == "/send":
        body = b"x" * int(number)
    elif path == "/echo":
        # As Django's WSGIRequest: what has no length is empty.
        read = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        seen = {k: v for k, v in environ.items() if k.startswith("HTTP_")}
        body = json.dumps(seen | {"size": len(read)}).encode()
    start_response(status, [*_HEADERS, ("Content-Length", str(len(body)))])
    return [body]
