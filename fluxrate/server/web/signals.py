"""The signals that stop the web server."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass
class StopSignal:
    """Set by a signal; the file descriptor `alarm` becomes readable then."""

    alarm: int
    requested: bool = False


@contextmanager
def stop_signal() -> Iterator[StopSignal]:
    reader, writer = os.pipe()
    ending = StopSignal(reader)

    def end(*_signal: object) -> None:
        ending.requested = True
        os.write(writer, b"!")

    before = {number: signal.signal(number, end) for number in _SIGNALS}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)
