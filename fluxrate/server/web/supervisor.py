"""The parent of the web server's processes: it starts them, for ever, and ends them."""

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
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 3.0
_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# Processes begin empty: no connection, no lock and no thread of ours in them.
_spawn = multiprocessing.get_context("spawn")


class CannotServeError(Exception):
    """No process has ever been ready to serve."""


def serve(
    host: str, port: int, *, workers: int, threads: int, module: str = "fluxrate.wsgi"
) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP; what was asked by then is answered."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.create_server((host, port), family=family, backlog=_BACKLOG) as listener,
        _end_signal() as ending,
    ):
        Supervisor(listener, module, workers, threads).run(ending)


@dataclass
class _Slot:
    """Room for one process; `pause` grows while those in it die before they serve."""

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
        """Whether the process has just said that it serves."""
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
        """Whether the process has ended; the next one is due after the pause then."""
        if self.process is None or self.process.exitcode is None:
            return False
        self.process.close()
        self.process = None
        self.due = time.monotonic() + self.pause
        self.pause = min(max(self.pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
        return True


class Supervisor:
    """Keeps as many processes as there shall be, whatever ends them."""

    def __init__(
        self, listener: socket.socket, module: str, workers: int, threads: int
    ) -> None:
        self.listener, self.module, self.threads = listener, module, threads
        self.slots = [_Slot() for _ in range(workers)]
        self.has_served = False

    def run(self, ending: "_Ending") -> None:
        try:
            while not ending.asked:
                self._start_those_due()
                wait([ending.alarm, *self._watched()], self._until_next())
                self._look()
        finally:
            self.listener.close()
            self._end()

    def _start_those_due(self) -> None:
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
        """Seconds until a process is due; None while all run."""
        due = [slot.due for slot in self.slots if slot.process is None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _look(self) -> None:
        for slot in self.slots:
            self.has_served |= slot.became_ready()
            if slot.has_ended():
                if not self.has_served:
                    raise CannotServeError
                logger.warning("A web server process has ended; another starts")

    def _end(self) -> None:
        running = [slot.process for slot in self.slots if slot.process is not None]
        for each in running:
            each.terminate()
        deadline = time.monotonic() + _KILL_AFTER
        for each in running:
            each.join(max(0.0, deadline - time.monotonic()))
            if each.exitcode is None:
                each.kill()
                each.join()


@dataclass
class _Ending:
    """Whether a signal has asked for the end; `alarm` can be read from then on."""

    alarm: int
    asked: bool = False


@contextmanager
def _end_signal() -> Iterator[_Ending]:
    reader, writer = os.pipe()
    ending = _Ending(reader)

    def end(*_signal: object) -> None:
        ending.asked = True
        os.write(writer, b"!")

    before = {number: signal.signal(number, end) for number in _ENDING}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)
