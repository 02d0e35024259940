"""What no log line may hold, and what the suite's callers send."""

import json
import logging
import re
from collections.abc import Iterator

from fluxrate.logging import JSONFormatter

SHAPES = {
    "email": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "token": re.compile(r"eyJ[\w-]{10,}"),
    "API key": re.compile(r"org_(live|test)_\w{4,}"),
    "cookie": re.compile(r"(access_token|refresh_token|admin_session|csrftoken)="),
    "hash": re.compile(r"argon2id?\$"),
}
PERSONAL = {
    "name",
    "email",
    "phone",
    "password",
    "new_password",
    "old_password",
    "organization_name",
    "external_id",
    "billing_address_line1",
    "billing_address_line2",
    "search",
}


class Listener(logging.Handler):
    """Keeps every line as it would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JSONFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def leaks(line: str, sent: set[str]) -> list[str]:
    """What kinds of things the line tells that it must not."""
    found = [kind for kind, shape in SHAPES.items() if shape.search(line)]
    values = [value for value in sent if value in line]
    return found + [f"value {value!r}" for value in values]


def personal(body: object) -> Iterator[str]:
    """What a request's body says of people: long enough to be told from code."""
    if isinstance(body, bytes | str):
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            return
    if isinstance(body, list):
        for each in body:
            if isinstance(each, dict):
                yield from personal(each)
    if isinstance(body, dict):
        for key, value in body.items():
            if isinstance(value, dict):
                yield from personal(value)
            elif key in PERSONAL and isinstance(value, str) and _telling(value):
                yield value


def _telling(value: str) -> bool:
    return len(value) >= 8 and not re.fullmatch(r"[a-z_]+", value)
