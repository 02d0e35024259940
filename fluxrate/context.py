"""Who is acting, in which request, and why: what history needs to know."""

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


_current: ContextVar[Context] = ContextVar("fluxrate_context", default=Context())  # noqa: B039
_process_actor = ""


def current() -> Context:
    """The context of this thread or task; its actor is the process's by default."""
    context = _current.get()
    if context.actor or not _process_actor:
        return context
    return replace(context, actor=_process_actor)


def set_process_actor(actor: str) -> None:
    """Say who acts in this process where no context does: a shell or a command."""
    global _process_actor  # noqa: PLW0603 - a process has one, from its start on
    _process_actor = actor


@contextmanager
def context(**changes: str) -> Iterator[Context]:
    """Change parts of the context (`actor`, `request_id`, `reason`) for a while."""
    token = _current.set(replace(_current.get(), **changes))
    try:
        yield _current.get()
    finally:
        _current.reset(token)


_SHELLS = {"shell", "dbshell"}
_SERVERS = {"up", "runserver", "testserver", "test"}


def process_actor(argv: Sequence[str]) -> str:
    """Whose changes a process makes where no context says it, by its command line.

    `shell:<os user>` for the shells of manage.py and `command:<name>` for its other
    commands; "" for a web server, whose requests say who they are.
    """
    program, command = [*argv, "", ""][:2]
    if Path(program).name != "manage.py" or not command or command in _SERVERS:
        return ""
    if command in _SHELLS:
        return f"shell:{_word(getpass.getuser())}"
    return f"command:{_word(command)}"


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._@-]", "_", text)
