"""One web server process: its event loop, connections and deadlines."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from . import limits
from .connection import Connection
from .environ import base_environ
from .file_limit import raise_file_limit
from .gateway import Application, Gateway, PlannedApplication
from .receiver import Budget
from .threads import ThreadPool

_TICK = 1.0
_RELIEF_TICK = 0.1
_STOPPING_TICK = 0.05
_RETRY_ACCEPT_SECONDS = 0.5


class Worker:
    """Accepts connections from a socket that all worker processes share."""

    loop: asyncio.AbstractEventLoop
    gateway: Gateway

    def __init__(
        self,
        listener: socket.socket,
        application: Application,
        *,
        threads: ThreadPool,
        max_body_bytes: int,
        planned: PlannedApplication | None = None,
    ) -> None:
        self.listener = listener
        self.budget = Budget(max_body_bytes)
        self.environ = base_environ(listener.getsockname())
        self.application, self.threads = application, threads
        self.planned = planned
        self.connections: dict[Connection, None] = {}
        self.max_connections = raise_file_limit() - limits.OTHER_FILES
        self.stopping = False
        self._connecting: set[asyncio.Task[object]] = set()

    async def run(self, ready: Callable[[], None]) -> None:
        """Serve until `stop`, and until all received requests are answered."""
        self.loop = asyncio.get_running_loop()
        self.gateway = Gateway(self.application, self.threads, self.planned)
        self.listener.settimeout(0)
        self._listen()
        ready()
        self._relieve()
        while not self.stopping or self.connections or self._connecting:
            await asyncio.sleep(_STOPPING_TICK if self.stopping else _TICK)
            self._expire_overdue()

    def _relieve(self) -> None:
        self.gateway.relieve()
        self.loop.call_later(_RELIEF_TICK, self._relieve)

    def gauges(self) -> dict[str, float]:
        return {"connections": len(self.connections)} | self.gateway.gauges()

    def stop(self) -> None:
        """Accept the connections that wait, then no more."""
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
        """Accept one connection; the others are left to the first free process."""
        try:
            client, _ = self.listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):
            return False
        except OSError:
            # No file descriptor is left: close an idle connection and retry later.
            self._close_idle_connection()
            self.loop.remove_reader(self.listener)
            self.loop.call_later(_RETRY_ACCEPT_SECONDS, self._listen)
            return False
        client.settimeout(0)
        with suppress(OSError):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task: asyncio.Task[object] = self.loop.create_task(
            self.loop.connect_accepted_socket(lambda: Connection(self), client)
        )
        self._connecting.add(task)
        task.add_done_callback(self._connected)
        return True

    def _connected(self, task: asyncio.Task[object]) -> None:
        self._connecting.discard(task)
        # The client may have closed the connection already.
        task.exception()

    def add(self, connection: Connection) -> None:
        self.connections[connection] = None
        if self.stopping:
            connection.stop()
        if len(self.connections) > self.max_connections:
            self._close_idle_connection()

    def remove(self, connection: Connection) -> None:
        self.connections.pop(connection, None)

    def _close_idle_connection(self) -> None:
        idle = next((item for item in self.connections if item.is_idle), None)
        if idle is not None:
            self.remove(idle)
            idle.transport.abort()

    def _expire_overdue(self) -> None:
        now = self.loop.time()
        overdue = [item for item in self.connections if item.deadline < now]
        for connection in overdue:
            connection.expire()
