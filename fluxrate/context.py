"""The actor, the request, the reason and the batch that events record."""

import getpass
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Context:
    """`actor` as events show it: `user:…`, `key:…`, `staff:…`, `shell:…`; else ""."""

    actor: str = ""
    request_id: str = ""
    reason: str = ""
    batch: str = ""  # the id of a batch of changes


_current = ContextVar[Context]("fluxrate_context", default=Context())  # noqa: B039
_process_actor = ""


def current() -> Context:
    """The context of this thread or task; the process's actor is the default."""
    context = _current.get()
    if context.actor or not _process_actor:
        return context
    return replace(context, actor=_process_actor)


def set_process_actor(actor: str) -> None:
    """Set the default actor of this process: a shell or a command."""
    global _process_actor  # noqa: PLW0603 - set once, at the process's start
    _process_actor = actor


@contextmanager
def context(**changes: str) -> Iterator[Context]:
    """Change `actor`, `request_id`, `reason` or `batch` within a with block."""
    token = _current.set(replace(_current.get(), **changes))
    try:
        yield _current.get()
    finally:
        _current.reset(token)


_SHELLS, _SERVERS = {"shell", "dbshell"}, {"up", "runserver", "testserver", "test"}


def process_actor(argv: Sequence[str]) -> str:
    """The default actor of a process: `shell:<os user>` for the shells of manage.py,
    `command:<name>` for its other commands, "" for a web server.
    """
    program, command = [*argv, "", ""][:2]
    if Path(program).name != "manage.py" or not command or command in _SERVERS:
        return ""
    is_shell = command in _SHELLS
    kind, name = ("shell", getpass.getuser()) if is_shell else ("command", command)
    return f"{kind}:{re.sub(r'[^A-Za-z0-9._@-]', '_', name)}"
