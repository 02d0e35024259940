from django.db import models
from django.db.models.functions import Now

from fluxrate.ids import uuid7
from fluxrate.text import LineField


class Organization(models.Model):
    """The tenant: it owns its customers, plans and subscriptions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = LineField(max_length=255)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    def lock(self) -> None:
        """Until the transaction ends, nobody else changes its team or its keys.

        PostgreSQL lets others add rows that refer to it meanwhile.
        """
        rows = Organization.objects.select_for_update(no_key=True)
        rows.only("pk").get(pk=self.pk)
