"""One process that serves: the loop, its connections and its deadlines."""

import asyncio
import resource
import socket
from collections.abc import Callable
from contextlib import suppress

from . import limits
from .connection import Connection
from .gateway import Application, Gateway, base_environ
from .receiver import Budget
from .threads import ThreadPool

_TICK = 1.0
_RELIEF_TICK = 0.1
_TICK_AT_THE_END = 0.05
_REST_WITHOUT_FILES = 0.5
_MOST_FILES = 1_048_576


class Worker:
    """Accepts from a listening socket that it shares with other processes."""

    loop: asyncio.AbstractEventLoop

    def __init__(
        self,
        listener: socket.socket,
        application: Application,
        *,
        threads: ThreadPool,
        largest_body: int,
    ) -> None:
        self.listener = listener
        self.budget = Budget(largest_body)
        self.environ = base_environ(listener.getsockname())
        self.gateway = Gateway(application, threads)
        self.connections: dict[Connection, None] = {}
        self.most_connections = allow_many_files() - limits.OTHER_FILES
        self.stopping = False
        self._beginning: set[asyncio.Task[object]] = set()

    async def run(self, ready: Callable[[], None]) -> None:
        """Serve until `stop`; then until what has been asked is answered."""
        self.loop = asyncio.get_running_loop()
        self.listener.settimeout(0)
        self._listen()
        ready()
        self._relieve()
        while not self.stopping or self.connections or self._beginning:
            await asyncio.sleep(_TICK_AT_THE_END if self.stopping else _TICK)
            self._end_what_is_overdue()

    def _relieve(self) -> None:
        self.gateway.threads.relieve()
        self.loop.call_later(_RELIEF_TICK, self._relieve)

    def stop(self) -> None:
        """Take what has connected already, and no more."""
        while not self.stopping and self._accept():
            pass
        self.stopping = True
        self.loop.remove_reader(self.listener)
        self.listener.close()
        for connection in self.connections:
            connection.stop()

    def _listen(self) -> None:
        if not self.stopping:
            self.loop.add_reader(self.listener, self._accept)

    def _accept(self) -> bool:
        """Take one connection: the others are for the process that is free first."""
        try:
            client, _ = self.listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):
            return False
        except OSError:
            # The system has no file left for it: those that ask nothing make room.
            self._close_an_idle_one()
            self.loop.remove_reader(self.listener)
            self.loop.call_later(_REST_WITHOUT_FILES, self._listen)
            return False
        client.settimeout(0)
        with suppress(OSError):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task: asyncio.Task[object] = self.loop.create_task(
            self.loop.connect_accepted_socket(lambda: Connection(self), client)
        )
        self._beginning.add(task)
        task.add_done_callback(self._begun)
        return True

    def _begun(self, task: asyncio.Task[object]) -> None:
        self._beginning.discard(task)
        # A client that has gone already is no error.
        task.exception()

    def add(self, connection: Connection) -> None:
        self.connections[connection] = None
        if self.stopping:
            connection.stop()
        if len(self.connections) > self.most_connections:
            self._close_an_idle_one()

    def remove(self, connection: Connection) -> None:
        self.connections.pop(connection, None)

    def _close_an_idle_one(self) -> None:
        idle = next((each for each in self.connections if each.is_idle), None)
        if idle is not None:
            self.remove(idle)
            idle.transport.abort()

    def _end_what_is_overdue(self) -> None:
        now = self.loop.time()
        overdue = [each for each in self.connections if each.deadline < now]
        for connection in overdue:
            connection.expire()


def allow_many_files() -> int:
    """Raise the soft limit of open files to the hard one; returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
