"""A process and its successors."""

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.resource_tracker import ensure_running

_MIN_PAUSE, _MAX_PAUSE = 0.1, 3.0
# Spawned processes inherit no connection, lock or thread.
_spawn = multiprocessing.get_context("spawn")


@dataclass
class WorkerSlot:
    """`pause` grows while processes end before they are ready.

    `target` is called with a connection, into which it sends once it is ready.
    """

    name: str
    target: Callable[[Connection], None]
    serves: bool = True
    process: SpawnProcess | None = None
    ready: Connection | None = None
    pause: float = 0.0
    due: float = 0.0

    def start(self) -> None:
        self.ready, sender = _spawn.Pipe(duplex=False)
        self.process = _spawn.Process(target=self.target, args=(sender,))
        with _interrupt_blocked():
            self.process.start()
        sender.close()

    def became_ready(self) -> bool:
        """Whether the process has become ready since the last call."""
        if self.ready is None or not self.ready.poll():
            return False
        try:
            self.ready.recv_bytes()
        except EOFError:
            return False
        else:
            self.pause = 0.0
            return True
        finally:
            self.ready.close()
            self.ready = None

    def has_ended(self) -> bool:
        """Whether the process has ended; then its successor is due after the pause."""
        if self.process is None or self.process.exitcode is None:
            return False
        self.process.close()
        self.process = None
        self.due = time.monotonic() + self.pause
        self.pause = min(max(self.pause * 2, _MIN_PAUSE), _MAX_PAUSE)
        return True


@contextmanager
def _interrupt_blocked() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach while they import; see
    `child.leave_terminal`.
    """
    # The tracker's start would unblock the signal.
    ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
