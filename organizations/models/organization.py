from fluxrate.text import LineField

from .recorded import Recorded


class Organization(Recorded):
    """The tenant: it owns its customers, plans and subscriptions."""

    name = LineField(max_length=255)

    class Meta(Recorded.Meta):
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    def lock(self) -> None:
        """Until the transaction ends, nobody else changes its team or its keys.

        PostgreSQL lets others add rows that refer to it meanwhile.
        """
        rows = Organization.objects.select_for_update(no_key=True)
        rows.only("pk").get(pk=self.pk)
