"""How many password hashes are computed at once on this machine, and how urgently."""

import fcntl
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from rest_framework.exceptions import APIException

# Never more than two, and half of the cores at most.
AT_ONCE = 2 if (os.cpu_count() or 1) >= 4 else 1
_LESS_URGENT = 5
_PATIENCE_SECONDS = 3.0
_LOOK_AGAIN_SECONDS = 0.004


class Busy(APIException):
    status_code = 503
    default_code = "busy"
    default_detail = "Too many are logging in right now. Try again."
    wait = 1


# Whoever waits for a slot holds a thread: half of them are for other requests.
_room = threading.BoundedSemaphore(max(1, settings.THREADS // 2))
_mine = threading.local()


@contextmanager
def password_room() -> Iterator[None]:
    """Be one of the few threads that are at passwords; raises Busy (503)."""
    if getattr(_mine, "inside", False):
        yield
        return
    if not _room.acquire(blocking=False):
        raise Busy
    _mine.inside = True
    try:
        yield
    finally:
        _mine.inside = False
        _room.release()


def _yield_to_others() -> None:
    """Threads have a niceness of their own on Linux; elsewhere hashes are urgent."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LESS_URGENT)


_thread = ThreadPoolExecutor(AT_ONCE, "hash", initializer=_yield_to_others)


def compute(function: Callable[..., Any], *arguments: Any) -> Any:
    """What the function returns, computed in a slot of the machine, less urgently than
    other requests; raises Busy (503) when too many wait.
    """
    with password_room(), _slot():
        return _thread.submit(function, *arguments).result()


@contextmanager
def _slot() -> Iterator[None]:
    """A slot is a flock: it ends with its process, however that ends."""
    descriptor = _free(time.monotonic() + _PATIENCE_SECONDS)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _free(deadline: float) -> int | None:
    """An open file that we alone have locked; None where no file can be kept."""
    while True:
        for number in range(AT_ONCE):
            try:
                descriptor = _open(settings.DATA_DIR / f"hash-{number}.lock")
            except OSError:
                return None
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
            else:
                return descriptor
        if time.monotonic() > deadline:
            raise Busy
        time.sleep(_LOOK_AGAIN_SECONDS)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
