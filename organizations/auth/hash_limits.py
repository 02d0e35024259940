"""Limits on password hashes: how many are computed concurrently on this machine."""

import fcntl
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ParamSpec, TypeVar

from django.conf import settings
from rest_framework.exceptions import APIException

# At most two, and at most half of the cores.
MAX_CONCURRENT = 2 if (os.cpu_count() or 1) >= 4 else 1
_NICENESS = 5
_TIMEOUT_SECONDS = 3.0
_RETRY_SECONDS = 0.004

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Busy(APIException):
    status_code = 503
    default_code = "busy"
    default_detail = "Too many are logging in right now. Try again."
    wait = 1


# A thread that waits for a hash serves no request: half of them stay free for others.
_threads = threading.BoundedSemaphore(max(1, settings.THREADS // 2))
_this_thread = threading.local()


@contextmanager
def limited_threads() -> Iterator[None]:
    """Occupy one of the threads that may check passwords; raises Busy (503).

    Nested calls occupy one thread.
    """
    if getattr(_this_thread, "is_counted", False):
        yield
        return
    if not _threads.acquire(blocking=False):
        raise Busy
    _this_thread.is_counted = True
    try:
        yield
    finally:
        _this_thread.is_counted = False
        _threads.release()


def _lower_priority() -> None:
    """Give this thread a niceness, which only Linux has for single threads."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


_executor = ThreadPoolExecutor(MAX_CONCURRENT, "hash", initializer=_lower_priority)


def limited(
    function: Callable[Arguments, Result],
    *args: Arguments.args,
    **kwargs: Arguments.kwargs,
) -> Result:
    """Call the function with a lower priority than other requests have.

    Raises Busy (503) if too many calls wait.
    """
    with limited_threads(), _file_lock():
        return _executor.submit(function, *args, **kwargs).result()


@contextmanager
def _file_lock() -> Iterator[None]:
    """Hold one of the machine's locks. The kernel releases it if the process dies."""
    descriptor = _acquire(time.monotonic() + _TIMEOUT_SECONDS)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _acquire(deadline: float) -> int | None:
    """The descriptor of a locked file; None if DATA_DIR is not writable."""
    while True:
        for number in range(MAX_CONCURRENT):
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
        time.sleep(_RETRY_SECONDS)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
