from django.db import models
from django.db.models.functions import Now

from fluxrate.ids import uuid7
from fluxrate.postgres.bounded import BoundedTimes
from fluxrate.postgres.triggers import recorded


class Recorded(BoundedTimes):
    """A row whose every change leaves an event.

    Triggers count `revision` up and set `updated_at`, whoever writes and whatever they
    write there. A Meta of one's own must inherit this one, or name its triggers.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.PositiveIntegerField(db_default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True
        triggers = recorded()
