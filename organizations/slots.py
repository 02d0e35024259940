"""How many password hashes may be computed at once on this machine."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from rest_framework.exceptions import APIException

AT_ONCE = 2
_PATIENCE_SECONDS = 5.0
_LOOK_AGAIN_SECONDS = 0.004


class Busy(APIException):
    status_code = 503
    default_code = "busy"
    default_detail = "Too many are logging in right now. Try again."
    wait = 1


# Whoever waits for a slot holds a thread; one is always left for other requests.
_waiting = threading.BoundedSemaphore(max(1, settings.THREADS - 1))
_here = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def hash_slot() -> Iterator[None]:
    """Hold one of the machine's slots; raises Busy (503) when too many wait.

    The slots are flocks: they end with their process, however it ends.
    """
    if not _waiting.acquire(blocking=False):
        raise Busy
    try:
        if not _here.acquire(timeout=_PATIENCE_SECONDS):
            raise Busy
        try:
            with _on_this_machine():
                yield
        finally:
            _here.release()
    finally:
        _waiting.release()


@contextmanager
def _on_this_machine() -> Iterator[None]:
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
