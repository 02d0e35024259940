"""What a process of the web server does from its first line on."""

import asyncio
import importlib
import multiprocessing
import os
import signal
import socket
import threading
from multiprocessing.connection import Connection, wait

import uvloop
from django.conf import settings
from django.db import connections

from .threads import ThreadPool
from .worker import Worker


def serve(
    listener: socket.socket, module: str, threads: int, ready: Connection
) -> None:
    """Serve until SIGTERM, or until the parent has ended."""
    # Ctrl-C is for the parent, which then ends its workers.
    os.setsid()
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    limit = max(threads, settings.MAX_THREADS)
    application = importlib.import_module(module).application
    # It imports models, which the application has set up.
    throttling = importlib.import_module("fluxrate.api.throttling")
    throttling.per_organization.limit = max(1, limit - threads)
    worker = Worker(
        listener,
        application,
        threads=ThreadPool(threads, limit, at_end=connections.close_all),
        largest_body=settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0,
    )
    uvloop.run(_run(worker, ready))


async def _run(worker: Worker, ready: Connection) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, worker.stop)
    await worker.run(lambda: ready.send_bytes(b"ready"))


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
