"""The entry point of a web server process."""

import asyncio
import importlib
import signal
import socket
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop
from django.conf import settings
from django.db import connections

from fluxrate.health import draining
from fluxrate.metrics.snapshots import PUBLISH_SECONDS, snapshots

from .child import leave_terminal
from .threads import ThreadPool
from .worker import Worker


def serve(
    listener: socket.socket,
    module: str,
    threads: int,
    metrics: Path | None,
    ready: Connection,
) -> None:
    """Serve until SIGTERM or the end of the parent process.

    `metrics` is the file with this process's counts, for the other processes.
    """
    leave_terminal()
    limit = max(threads, settings.MAX_THREADS)
    application = importlib.import_module(module).application
    # It imports models, so it needs django.setup() by the application.
    throttling = importlib.import_module("fluxrate.api.throttling")
    throttling.per_organization.limit = max(1, limit - threads)
    # A pooler's connections keep no prepared statements.
    has_plans = settings.FAST_PATH and not settings.DATABASES["default"]["POOLED"]
    worker = Worker(
        listener,
        application,
        threads=ThreadPool(threads, limit, at_end=connections.close_all),
        max_body_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0,
        planned=application if has_plans else None,
    )
    if metrics is not None:
        snapshots.share(metrics)
    uvloop.run(_run(worker, ready))


async def _run(worker: Worker, ready: Connection) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, _drain, worker)
    await worker.run(lambda: _begin(worker, ready))


def _begin(worker: Worker, ready: Connection) -> None:
    ready.send_bytes(b"ready")
    if snapshots.path is not None:
        _publish(worker)


def _publish(worker: Worker) -> None:
    """Share the counts now and every second."""
    snapshots.publish(worker.gauges())
    worker.loop.call_later(PUBLISH_SECONDS, _publish, worker)


def _drain(worker: Worker) -> None:
    """Stop once load balancers have seen that `/readyz` answers 503."""
    if not draining.is_set():
        draining.set()
        worker.loop.call_later(settings.DRAIN_SECONDS, worker.stop)
