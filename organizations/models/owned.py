from typing import Self

from django.db import models

from .organization import Organization
from .recorded import Recorded


class OwnedQuerySet(models.QuerySet):
    def owned_by(self, organization: Organization) -> Self:
        """The one door to the rows of an organization."""
        return self.filter(organization=organization)


class Owned(Recorded):
    """A recorded row of one organization."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="+"
    )

    objects = OwnedQuerySet.as_manager()

    class Meta(Recorded.Meta):
        abstract = True
        ordering = ["-id"]
