from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

from django.db import models, router
from django.db.models.expressions import Col
from django.db.models.lookups import Exact

from .owned_deletion import OwnedCollector
from .querysets import OwnedQuerySet
from .recorded import Recorded


class OwnedForeignKey(models.ForeignKey):
    """A foreign key within an organization: joins and lookups compare it, too.

    Migrations see Django's own.
    """

    def deconstruct(self) -> tuple[str, str, Sequence[object], dict[str, object]]:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignKey", args, kwargs

    def get_extra_descriptor_filter(self, instance: models.Model) -> dict[str, object]:
        owner = getattr(instance, "organization_id", None)
        return {} if owner is None else {"organization_id": owner}

    def get_extra_restriction(  # type: ignore[override]
        self, alias: str | None, related_alias: str
    ) -> Exact | None:
        """The condition of a join; None for `exclude()`, which names one table."""
        if alias is None:
            return None
        own = _owner(related_alias, self.model)
        return Exact(own, _owner(alias, self.related_model))


def _owner(alias: str, model: type[models.Model]) -> Col:
    """The column of a row's organization in a statement."""
    fields = {field.name: field for field in model._meta.concrete_fields}
    return Col(alias, fields["organization"])


class Owned(Recorded):
    """A recorded row of one organization."""

    # `<scope>.write` reverts a batch's changes of such rows; "" means never.
    revert_scope: ClassVar[str] = ""
    # Columns of one state: a revert of a batch puts all of them back, or none.
    reverted_together: ClassVar[frozenset[str]] = frozenset()

    # Every table has a unique constraint or an index that begins with the organization.
    organization = models.ForeignKey(
        "organizations.Organization",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )

    objects = OwnedQuerySet.as_manager()

    class Meta(Recorded.Meta):
        abstract = True
        ordering = ["-id"]

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]} of {self.organization_id}>"

    def for_share(self) -> Self:
        """The current row, locked against changes until the transaction ends.

        A deleted row is returned as it was: the foreign key to it is then violated.
        """
        table = self._meta.db_table
        sql = f"""
            SELECT * FROM "{table}" WHERE organization_id = %s AND id = %s FOR SHARE
        """
        rows = type(self).objects.raw(sql, [self.organization_id, self.pk])
        return next(iter(rows), self)

    def history(self) -> models.QuerySet:
        return super().history().filter(organization_id=self.organization_id)

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: models.QuerySet | None = None,
    ) -> None:
        owner = self.__dict__.get("organization_id")
        if owner is not None:
            rows = from_queryset or models.QuerySet(type(self), using=using)
            from_queryset = rows.filter(organization_id=owner)
        super().refresh_from_db(using, fields, from_queryset)

    def delete(
        self, using: str | None = None, keep_parents: bool = False
    ) -> tuple[int, dict[str, int]]:
        if getattr(self, "pk", None) is None:
            return super().delete(using, keep_parents)
        using = using or router.db_for_write(type(self), instance=self)
        collector = OwnedCollector(using=using)
        collector.collect([self], keep_parents=keep_parents)
        return collector.delete()

    def _do_update(  # type: ignore[override]
        self,
        base_qs: models.QuerySet,
        using: str,
        pk_val: object,
        values: Sequence[tuple[models.Field, object, object]],
        update_fields: object,
        forced_update: bool,
    ) -> bool:
        """The UPDATE of `save()` compares the organization and never writes it."""
        rows = base_qs.filter(organization_id=self.organization_id)
        others = [value for value in values if value[0].name != "organization"]
        if not others:
            return bool(rows.filter(pk=pk_val).exists())
        return super()._do_update(
            rows, using, pk_val, others, update_fields, forced_update
        )
