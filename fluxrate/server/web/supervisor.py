"""The parent process: starts child processes, replaces them, and stops them."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.management import CommandError

from . import background, process
from .signals import StopSignal, stop_signal
from .worker_slot import WorkerSlot

logger = logging.getLogger("fluxrate.server.web")
_BACKLOG = 4_096
_KILL_AFTER = 20.0


class CannotServeError(Exception):
    """No worker process has ever become ready."""


def serve(
    host: str,
    port: int,
    *,
    processes: int,
    threads: int,
    workers: int = 0,
    module: str = "fluxrate.wsgi",
) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP, then answer the received requests.

    `workers` processes run `manage.py work` beside the `processes` that serve.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.create_server((host, port), family=family, backlog=_BACKLOG) as listener,
        stop_signal() as ending,
        _metrics_folder() as metrics,
    ):
        slots = []
        for number in range(processes):
            file = Path(metrics, f"{number}.json") if metrics else None
            target = partial(process.serve, listener, module, threads, file)
            slots.append(WorkerSlot("web server process", target))
        slots += [
            WorkerSlot("worker", background.work, serves=False) for _ in range(workers)
        ]
        Supervisor(listener, slots).run(ending)


def _metrics_folder() -> AbstractContextManager[str]:
    """The folder in which processes share their counts; "" without metrics."""
    if not settings.METRICS_TOKEN:
        return nullcontext("")
    try:
        return TemporaryDirectory(prefix="fluxrate-metrics-")
    except OSError as error:
        raise CommandError(
            "METRICS_TOKEN needs a directory for temporary files: set TMPDIR to one "
            "that can be written."
        ) from error


class Supervisor:
    """Keeps a process in each slot."""

    def __init__(self, listener: socket.socket, slots: list[WorkerSlot]) -> None:
        self.listener, self.slots = listener, slots
        self.has_served = False

    def run(self, ending: StopSignal) -> None:
        try:
            while not ending.requested:
                self._start_due()
                wait([ending.alarm, *self._watched()], self._until_next())
                self._check_processes()
        finally:
            self.listener.close()
            self._end()

    def _start_due(self) -> None:
        for slot in self._waiting():
            if slot.due <= time.monotonic():
                slot.start()

    def _waiting(self) -> Iterator[WorkerSlot]:
        """Slots without a process. Workers wait for the first process that serves."""
        for slot in self.slots:
            if slot.process is None and (slot.serves or self.has_served):
                yield slot

    def _watched(self) -> Iterator[int | Connection]:
        for slot in self.slots:
            if slot.process is not None:
                yield slot.process.sentinel
                if slot.ready is not None:
                    yield slot.ready

    def _until_next(self) -> float | None:
        """Seconds until the next process is due; None if all run."""
        due = [slot.due for slot in self._waiting()]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _check_processes(self) -> None:
        for slot in self.slots:
            self.has_served |= slot.became_ready() and slot.serves
            if slot.has_ended():
                if slot.serves and not self.has_served:
                    raise CannotServeError
                logger.warning("A %s has ended; another starts", slot.name)

    def _end(self) -> None:
        running = [slot.process for slot in self.slots if slot.process is not None]
        for worker in running:
            worker.terminate()
        deadline = time.monotonic() + settings.DRAIN_SECONDS + _KILL_AFTER
        for worker in running:
            worker.join(max(0.0, deadline - time.monotonic()))
            if worker.exitcode is None:
                worker.kill()
                worker.join()
