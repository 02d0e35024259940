"""The parent process: starts worker processes, replaces them, and stops them."""

import logging
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from . import process

logger = logging.getLogger("fluxrate.server.web")
_BACKLOG = 4_096
_KILL_AFTER = 20.0
_MIN_PAUSE, _MAX_PAUSE = 0.1, 3.0
_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# Spawned processes inherit no connection, lock or thread.
_spawn = multiprocessing.get_context("spawn")


class CannotServeError(Exception):
    """No worker process has ever become ready."""


def serve(
    host: str, port: int, *, workers: int, threads: int, module: str = "fluxrate.wsgi"
) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP, then answer the received requests."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.create_server((host, port), family=family, backlog=_BACKLOG) as listener,
        _end_signal() as ending,
    ):
        Supervisor(listener, module, workers, threads).run(ending)


@dataclass
class _Slot:
    """A worker process and its successors.

    `pause` grows while processes end before they are ready.
    """

    process: SpawnProcess | None = None
    ready: Connection | None = None
    pause: float = 0.0
    due: float = 0.0

    def start(self, listener: socket.socket, module: str, threads: int) -> None:
        self.ready, sender = _spawn.Pipe(duplex=False)
        self.process = _spawn.Process(
            target=process.serve, args=(listener, module, threads, sender)
        )
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


class Supervisor:
    """Keeps `workers` processes running."""

    def __init__(
        self, listener: socket.socket, module: str, workers: int, threads: int
    ) -> None:
        self.listener, self.module, self.threads = listener, module, threads
        self.slots = [_Slot() for _ in range(workers)]
        self.has_served = False

    def run(self, ending: "_Ending") -> None:
        try:
            while not ending.requested:
                self._start_due()
                wait([ending.alarm, *self._watched()], self._until_next())
                self._check_processes()
        finally:
            self.listener.close()
            self._end()

    def _start_due(self) -> None:
        for slot in self.slots:
            if slot.process is None and slot.due <= time.monotonic():
                slot.start(self.listener, self.module, self.threads)

    def _watched(self) -> Iterator[int | Connection]:
        for slot in self.slots:
            if slot.process is not None:
                yield slot.process.sentinel
                if slot.ready is not None:
                    yield slot.ready

    def _until_next(self) -> float | None:
        """Seconds until the next process is due; None if all run."""
        due = [slot.due for slot in self.slots if slot.process is None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _check_processes(self) -> None:
        for slot in self.slots:
            self.has_served |= slot.became_ready()
            if slot.has_ended():
                if not self.has_served:
                    raise CannotServeError
                logger.warning("A web server process has ended; another starts")

    def _end(self) -> None:
        running = [slot.process for slot in self.slots if slot.process is not None]
        for worker in running:
            worker.terminate()
        deadline = time.monotonic() + _KILL_AFTER
        for worker in running:
            worker.join(max(0.0, deadline - time.monotonic()))
            if worker.exitcode is None:
                worker.kill()
                worker.join()


@dataclass
class _Ending:
    """Set by a signal; the file descriptor `alarm` becomes readable then."""

    alarm: int
    requested: bool = False


@contextmanager
def _end_signal() -> Iterator[_Ending]:
    reader, writer = os.pipe()
    ending = _Ending(reader)

    def end(*_signal: object) -> None:
        ending.requested = True
        os.write(writer, b"!")

    before = {number: signal.signal(number, end) for number in _ENDING}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)
