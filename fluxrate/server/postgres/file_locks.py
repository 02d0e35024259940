"""Locks between processes as flocks, which end with their process."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fluxrate.server.postgres.errors import path_error


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise path_error(path, error) from error


class Lock:
    """An flock on a file. Each instance is a lock of its own, also among threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = _open(path)

    def shared(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def exclusive(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def try_exclusive(self) -> bool:
        """Take the lock unless another instance has or shares it."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def is_current(self) -> bool:
        """Whether the file still exists, so that other processes use the same lock."""
        return self._path.exists() and os.path.samestat(
            os.fstat(self._descriptor), self._path.stat()
        )

    @property
    def closed(self) -> bool:
        return self._descriptor < 0

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        # Unlock for forked children, too, which have the same descriptor.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Admit one process or thread at a time; the others wait."""
    lock = Lock(path)
    try:
        lock.exclusive()
        yield
    finally:
        lock.close()
