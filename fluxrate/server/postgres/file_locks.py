"""Who uses a server, kept in flocks: they die with their process, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fluxrate.server.postgres.errors import unusable


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise unusable(path, error) from error


class Lock:
    """One flock on one file; every instance counts for itself, threads included."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = _open(path)

    def share(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def own(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def own_if_free(self) -> bool:
        """Take the lock for ourselves unless somebody else has it or shares it."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def is_current(self) -> bool:
        """Tell whether the file is still there, so that others see the same lock."""
        return self._path.exists() and os.path.samestat(
            os.fstat(self._descriptor), self._path.stat()
        )

    @property
    def closed(self) -> bool:
        return self._descriptor < 0

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        # Unlocks for children that a fork gave the same descriptor, too.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let one process or thread in at a time; the others wait."""
    lock = Lock(path)
    try:
        lock.own()
        yield
    finally:
        lock.close()
