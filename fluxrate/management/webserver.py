"""The production server, granian, with the few settings that fit Django."""

import importlib
import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from fluxrate.management.address import Address

_MODULE = "fluxrate.wsgi"
# A database connection lives as long as the thread that opened it.
_LONGEST_IDLE_THREAD = 600
_KILL_AFTER = 20


def serve(address: Address, *, workers: int, threads: int) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP; requests that have begun are answered."""
    # Workers begin empty: no connection, no lock and no thread of ours in them.
    multiprocessing.set_start_method("spawn", force=True)
    server = Granian(
        _MODULE,
        address=address.host,
        port=address.port,
        interface=Interfaces.WSGI,
        # HTTP/2 lets a body come without its length, which WSGI reads as no body.
        http=HTTPModes.http1,
        workers=workers,
        blocking_threads=threads,
        blocking_threads_idle_timeout=_LONGEST_IDLE_THREAD,
        workers_kill_timeout=_KILL_AFTER,
        respawn_failed_workers=True,
        websockets=False,
        log_level=LogLevels.warning,
    )

    @server.on_startup
    def end_with_the_terminal() -> None:
        signal.signal(signal.SIGHUP, server.signal_handler_interrupt)

    server.serve(target_loader=load)


def load(module: str) -> Any:
    """Return the WSGI application, in a worker that ends when its parent does."""
    # Ctrl-C is for the parent, which then ends its workers: a worker that gets two
    # signals at once can wait for itself for ever.
    os.setsid()
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    return importlib.import_module(module).application


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
