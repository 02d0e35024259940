"""The replication slot that makes the server keep WAL until it is received."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from fluxrate.backup.directory import BackupDirectory
from fluxrate.backup.source import row
from fluxrate.backup.wal import position

_PATIENCE_SECONDS = 10
_WHOLE = """
    SELECT FROM pg_replication_slots
    WHERE slot_name = %s AND wal_status IN ('reserved', 'extended')"""
# The receiver of a command that was killed may go on.
_TERMINATE = """
    SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots
    WHERE slot_name = %s AND active"""
_CREATE = "SELECT pg_create_physical_replication_slot(%s, true)"
_DROP = """
    SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
    WHERE slot_name = %s"""
# The clock comes first: what is committed before its time is on the server's disk.
_WRITTEN = "SELECT clock_timestamp(), pg_current_wal_flush_lsn()::text"
_RECEIVED = "SELECT restart_lsn::text FROM pg_replication_slots WHERE slot_name = %s"


@dataclass(frozen=True)
class Slot:
    directory: BackupDirectory

    @property
    def name(self) -> str:
        return self.directory.slot()

    def chain(self, server: psycopg.Connection) -> Path:
        """The folder that WAL goes to: a new one unless the server still has all WAL.

        The server ends another process that receives from the slot.
        """
        self._release(server)
        chains = self.directory.chains()
        if chains and server.execute(_WHOLE, [self.name]).fetchone() is not None:
            return chains[-1]
        self.drop(server)
        server.execute(_CREATE, [self.name])
        folder = self.directory.new_folder("wal")
        folder.mkdir(mode=0o700)
        return folder

    def drop(self, server: psycopg.Connection) -> None:
        self._release(server)
        server.execute(_DROP, [self.name])

    def _release(self, server: psycopg.Connection) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while server.execute(_TERMINATE, [self.name]).fetchone():
            if time.monotonic() > deadline:
                return
            time.sleep(0.1)

    def written(self, server: psycopg.Connection) -> tuple[int, datetime]:
        """The position up to which commits are on the server's disk, and its time."""
        at, flushed = row(server, _WRITTEN)
        return position(flushed), at

    def received(self, server: psycopg.Connection) -> int:
        """The position up to which WAL is on the disk of the backup directory."""
        state = server.execute(_RECEIVED, [self.name]).fetchone()
        return position(state[0]) if state and state[0] else 0
