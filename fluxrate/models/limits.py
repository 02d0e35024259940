"""Staff who are limited to organizations: the rows of others do not exist for them.

The admin enters `limited_to` for each request. Every query that begins within it, on a
model whose manager is of LimitedQuerySet, has the condition.
"""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

limit = ContextVar[tuple[uuid.UUID, ...] | None]("fluxrate_limit", default=None)


def current_limit() -> tuple[uuid.UUID, ...] | None:
    """The ids of the organizations; None without a limit."""
    return limit.get()


def only_organization() -> uuid.UUID | None:
    """The organization of a limit to one."""
    ids = limit.get()
    return ids[0] if ids is not None and len(ids) == 1 else None


def is_limited_to_several() -> bool:
    """Whether a search over all organizations leaves the rows of some of them."""
    return limit.get() is not None and only_organization() is None


@contextmanager
def limited_to(organizations: Iterable[uuid.UUID] | None) -> Iterator[None]:
    """Limit the queries that begin within the block; None is no limit."""
    ids = None if organizations is None else tuple(sorted(organizations))
    token = limit.set(ids)
    try:
        yield
    finally:
        limit.reset(token)
