"""pg_receivewal: WAL is in the backup directory a moment after it was written."""

import logging
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from django.core.management import CommandError

from fluxrate.backup import programs
from fluxrate.backup.directory import BackupDirectory
from fluxrate.backup.execution import libpq_environment
from fluxrate.backup.progress import Progress
from fluxrate.backup.slot import Slot
from fluxrate.backup.source import Source

_POLL_SECONDS = 1
_RETRY_SECONDS = 1

logger = logging.getLogger("fluxrate.backup")


@dataclass
class Receiver:
    """Runs pg_receivewal in a thread, again and again until `end` is set."""

    source: Source
    directory: BackupDirectory
    slot: Slot
    command: list[str]
    end: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.end.is_set():
            try:
                self.receive()
            except (psycopg.Error, OSError) as error:
                logger.warning("No WAL is received: %s", type(error).__name__)
            self.end.wait(_RETRY_SECONDS)

    def receive(self) -> None:
        """Receive until the server or the end stops it; note how far it is complete."""
        with self.source.server() as server:
            chain = self.slot.chain(server)
            arguments = [f"--directory={chain}", f"--slot={self.slot.name}"]
            process = subprocess.Popen(  # noqa: S603
                [*self.command, *arguments],
                env=libpq_environment(self.source.replication_url),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            try:
                while process.poll() is None and not self.end.wait(_POLL_SECONDS):
                    self.note_progress(server, chain.name)
            finally:
                process.terminate()
                _, output = process.communicate()
        if not self.end.is_set():
            text = output.decode(errors="replace").strip()
            logger.warning("pg_receivewal has ended: %s", text[-500:])

    def note_progress(self, server: psycopg.Connection, chain: str) -> None:
        flushed, at = self.slot.written(server)
        deadline = time.monotonic() + _RETRY_SECONDS
        while (received := self.slot.received(server)) < flushed:
            if time.monotonic() > deadline or self.end.wait(_POLL_SECONDS / 20):
                return
        Progress(chain, at, received).write(self.directory.path)


@contextmanager
def receiving(
    source: Source, directory: BackupDirectory, *, goes_on: bool
) -> Iterator[None]:
    """Receive WAL during the block. With `goes_on`, the server keeps it afterwards."""
    identity = source.identity()
    folder = programs.of_client(identity.major)
    command = [str(folder / "pg_receivewal"), "--no-loop", "--synchronous"]
    command += ["--no-password", "--status-interval=1"]
    lock = directory.receiver_lock()
    if not lock.try_exclusive():
        raise CommandError(f"Another process receives WAL into {directory.path}.")
    slot = Slot(directory)
    receiver = Receiver(source, directory, slot, command)
    thread = threading.Thread(target=receiver.run, daemon=True, name="receiver")
    try:
        with source.server() as server:
            slot.chain(server)
        thread.start()
        yield
    finally:
        receiver.end.set()
        thread.join()
        lock.close()
        if not goes_on:
            Progress.forget(directory.path)
            with source.server() as server:
                slot.drop(server)
