"""One worker process and its successors."""

import multiprocessing
import socket
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from . import process

_MIN_PAUSE, _MAX_PAUSE = 0.1, 3.0
# Spawned processes inherit no connection, lock or thread.
_spawn = multiprocessing.get_context("spawn")


@dataclass
class WorkerSlot:
    """`pause` grows while processes end before they are ready.

    `metrics` is the file with the counts of the slot's processes.
    """

    metrics: Path | None = None
    process: SpawnProcess | None = None
    ready: Connection | None = None
    pause: float = 0.0
    due: float = 0.0

    def start(self, listener: socket.socket, module: str, threads: int) -> None:
        self.ready, sender = _spawn.Pipe(duplex=False)
        self.process = _spawn.Process(
            target=process.serve, args=(listener, module, threads, sender, self.metrics)
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
