"""Who is acting, in which request, and why: what history needs to know."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Context:
    """`actor` as events show it: `user:…`, `key:…`, `staff:…`, `shell:…`; else ""."""

    actor: str = ""
    request_id: str = ""
    reason: str = ""


_current: ContextVar[Context] = ContextVar("fluxrate_context", default=Context())  # noqa: B039


def current() -> Context:
    """The context of this thread or task."""
    return _current.get()


@contextmanager
def context(**changes: str) -> Iterator[Context]:
    """Change parts of the context (`actor`, `request_id`, `reason`) for a while."""
    token = _current.set(replace(_current.get(), **changes))
    try:
        yield _current.get()
    finally:
        _current.reset(token)
