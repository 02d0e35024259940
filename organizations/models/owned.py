from typing import Self

from django.db import models
from django.db.models.functions import Now

from fluxrate.ids import uuid7

from .organization import Organization


class OwnedQuerySet(models.QuerySet):
    def owned_by(self, organization: Organization) -> Self:
        """The one door to the rows of an organization."""
        return self.filter(organization=organization)


class Owned(models.Model):
    """A row of one organization, with its two times and its revision."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="+"
    )
    revision = models.PositiveIntegerField(db_default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-id"]
