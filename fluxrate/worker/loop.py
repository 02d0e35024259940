"""The thread of a lane: rounds, heartbeats, and a database that comes and goes."""

import logging
import time
from collections import Counter
from contextlib import closing
from threading import Event
from uuid import UUID

from django.db import InterfaceError, OperationalError, connections

from fluxrate.context import context
from fluxrate.metrics.failures import report
from fluxrate.models import Heartbeat
from fluxrate.telemetry.traces import spans

from .lane import Lane

logger = logging.getLogger("fluxrate.work")
BEAT_SECONDS = 5.0
RETRY_SECONDS = 2.0
# After an error that is not the database's, which the next round may repeat.
_PAUSE_SECONDS = 30.0
_POLL_SECONDS = 1.0
# A round that had nothing to do is logged if it is as rare.
_RARE_SECONDS = 60.0


class LaneLoop:
    """Its rounds are recorded as those of the command of the same name."""

    def __init__(self, lane: Lane, worker: UUID, end: Event) -> None:
        self.lane, self.end = lane, end
        self.heartbeat = Heartbeat(worker=worker, lane=lane.name)
        self.due = self.beaten_at = 0.0

    def run(self) -> None:
        """Repeat rounds until the end."""
        with context(actor=f"command:{self.lane.name}"):
            while not self.end.is_set():
                self.end.wait(self._step())
        connections.close_all()

    def run_once(self) -> None:
        """Run one round; raises its error."""
        with context(actor=f"command:{self.lane.name}"):
            self._round()

    def _step(self) -> float:
        """Run a round that is due; the seconds until the next step."""
        try:
            if time.monotonic() >= self.due:
                self._round()
                self.due = time.monotonic() + self.lane.every
            self._beat()
        except (OperationalError, InterfaceError) as error:
            report(error, logger, "The round failed and is tried again: %s")
            connections.close_all()
            return RETRY_SECONDS
        except Exception:
            logger.exception("The round failed: %s", self.lane.name)
            connections.close_all()
            return _PAUSE_SECONDS
        return min(self.lane.every, _POLL_SECONDS)

    def _round(self) -> None:
        began = time.monotonic()
        counts: Counter[str] = Counter()
        with closing(self.lane.begin()) as steps:
            for step in steps:
                counts.update(step)
                self._beat()
                if self.end.is_set():
                    break
        if counts or self.lane.every >= _RARE_SECONDS:
            seconds = round(time.monotonic() - began, 3)
            fields = {"lane": self.lane.name, "seconds": seconds, **counts}
            logger.info("round", extra={"fields": fields})
            spans.round(f"work {self.lane.name}", seconds, counts)

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self.beaten_at >= BEAT_SECONDS:
            self.heartbeat.beat()
            self.beaten_at = now
