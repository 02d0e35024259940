"""Heartbeats of the worker's lanes, which metrics, probes and `doctor` read."""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

from fluxrate.ids import uuid7

# A worker that has stopped without deleting its heartbeats.
_FORGOTTEN = timedelta(hours=1)


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def forgotten(self) -> "HeartbeatQuerySet":
        return self.filter(beat_at__lt=Now() - _FORGOTTEN)


class Heartbeat(models.Model):
    """The last time at which a lane of a worker was idle or had finished a step."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    worker = models.UUIDField()
    lane = models.CharField(max_length=20)
    beat_at = models.DateTimeField(db_default=Now())

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.lane} of {self.worker}"

    def beat(self) -> None:
        """Set the time by the clock of the database."""
        if not Heartbeat.objects.filter(pk=self.pk).update(beat_at=Now()):
            self.save(force_insert=True)
