"""A response whose body a thread produces while the event loop sends it."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable

logger = logging.getLogger("fluxrate.server.web")


class Stream:
    """`head` lacks its last lines, like that of a Response. The parts are chunks (RFC
    9112, 7.1), or, for HTTP/1.0, end with the connection.

    A part is produced once the transport has room, so that one at a time is in memory.
    """

    def __init__(
        self,
        head: bytes,
        parts: Iterable[bytes],
        loop: asyncio.AbstractEventLoop,
        *,
        is_chunked: bool,
    ) -> None:
        self.head, self.parts, self.loop = head, parts, loop
        self.is_chunked = is_chunked
        self._has_room, self._is_stopped = threading.Event(), False

    # Called by the event loop.

    def begin(
        self, write: Callable[[bytes], None], end: Callable[[bool], None]
    ) -> None:
        """`write` sends bytes; `end` is called with whether the body is complete."""
        self._write, self._end = write, end

    def proceed(self) -> None:
        self._has_room.set()

    def stop(self) -> None:
        """The client has gone: produce no more."""
        self._is_stopped = True
        self._has_room.set()

    # Called by the thread.

    def produce(self) -> None:
        """Send every part, then close the response."""
        is_complete = False
        try:
            is_complete = all(map(self._send, filter(None, self.parts)))
            if is_complete and self.is_chunked:
                is_complete = self._send_bytes(b"0\r\n\r\n")
        except Exception:
            logger.exception("A stream broke off")
        finally:
            self._close()
            self.loop.call_soon_threadsafe(lambda: self._end(is_complete))

    def _send(self, part: bytes) -> bool:
        if not self.is_chunked:
            return self._send_bytes(part)
        return self._send_bytes(b"%x\r\n%b\r\n" % (len(part), part))

    def _send_bytes(self, data: bytes) -> bool:
        """Whether the client is still there."""
        self._has_room.wait()
        if self._is_stopped:
            return False
        self._has_room.clear()
        self.loop.call_soon_threadsafe(self._write, data)
        return True

    def _close(self) -> None:
        close = getattr(self.parts, "close", None)
        try:
            if close is not None:
                close()
        except Exception:
            logger.exception("A stream could not be closed")
