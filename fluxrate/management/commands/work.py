"""`manage.py work`: do what waits, in lanes, until SIGTERM."""

import logging
import threading
from argparse import ArgumentParser
from uuid import UUID

from django.core.management import BaseCommand
from django.db import Error

from fluxrate import __version__, telemetry
from fluxrate.ids import uuid7
from fluxrate.models import Heartbeat
from fluxrate.worker import LANES
from fluxrate.worker.loop import LaneLoop

logger = logging.getLogger("fluxrate.work")
# A lane ends after its step: one email, or one batch of rows.
_PATIENCE_SECONDS = 15


class Command(BaseCommand):
    help = (
        "Send emails, end trials and billing periods, and delete expired rows, as they "
        "become due. Several may run at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = [lane.name for lane in LANES]
        parser.add_argument(
            "--lane", choices=names, action="append", help="this lane only"
        )
        parser.add_argument(
            "--once", action="store_true", help="one round of each lane, then end"
        )

    def handle(
        self, *args: object, lane: list[str] | None, once: bool, **options: object
    ) -> None:
        telemetry.start()
        worker, end = uuid7(), threading.Event()
        loops = [
            LaneLoop(each, worker, end)
            for each in LANES
            if not lane or each.name in lane
        ]
        try:
            if once:
                for loop in loops:
                    loop.run_once()
            else:
                _run(loops, end)
        finally:
            _forget(worker)


def _run(loops: list[LaneLoop], end: threading.Event) -> None:
    """Run each lane in a thread until SystemExit or KeyboardInterrupt."""
    names = [loop.lane.name for loop in loops]
    fields = {"version": __version__, "lanes": names}
    logger.info("started", extra={"fields": fields})
    threads = [threading.Thread(target=loop.run, daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    try:
        end.wait()
    finally:
        end.set()
        for thread in threads:
            thread.join(_PATIENCE_SECONDS)


def _forget(worker: UUID) -> None:
    """Delete the heartbeats of a worker that has ended; the lane `prune` may do so."""
    try:
        Heartbeat.objects.filter(worker=worker).delete()
    except Error as error:
        logger.warning("The heartbeats stay: %s", type(error).__name__)
