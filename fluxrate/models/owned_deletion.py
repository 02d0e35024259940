"""Deletions by Django whose statements name the organizations of their rows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import cast

from django.db import models, transaction
from django.db.models.deletion import Collector
from django.db.models.sql import DeleteQuery
from django.db.models.sql.constants import ROW_COUNT


class OwnedCollector(Collector):
    """Django's collector, in which every statement compares the organization.

    It sends no signals.
    """

    def related_objects(
        self,
        related_model: type[models.Model],
        related_fields: Iterable[models.Field],
        objs: Sequence[models.Model],  # type: ignore[override]
    ) -> models.QuerySet:
        rows = super().related_objects(related_model, related_fields, objs)
        return rows.filter(_owners(related_model, objs))

    def delete(self) -> tuple[int, dict[str, int]]:
        deleted: Counter[str] = Counter()
        self.sort()
        with transaction.atomic(using=self.using, savepoint=False):
            for rows in self.fast_deletes:
                deleted[rows.model._meta.label] += _delete(rows, self.using)
            for (field, value), updates in self.field_updates.items():
                for rows in cast(list[models.QuerySet], updates):
                    rows.update(**{field.name: value})
            for model, objs in self.data.items():
                rows = named_rows(model, sorted(objs, key=lambda each: str(each.pk)))
                deleted[model._meta.label] += _delete(rows, self.using)
        for model, objs in self.data.items():
            for instance in objs:
                setattr(instance, str(model._meta.pk.attname), None)
        return deleted.total(), dict(+deleted)


def named_rows(
    model: type[models.Model], instances: Sequence[models.Model]
) -> models.QuerySet:
    """The rows of these instances, by their ids and organizations."""
    rows: models.QuerySet = models.QuerySet(model)
    ids = [instance.pk for instance in instances]
    return rows.filter(_owners(model, instances), pk__in=ids)


def _delete(rows: models.QuerySet, using: str) -> int:
    query = rows.query.chain(DeleteQuery)
    return int(query.get_compiler(using).execute_sql(ROW_COUNT) or 0)


def _owners(model: type[models.Model], instances: Iterable[models.Model]) -> models.Q:
    """The condition for the organizations of the instances, if the model has one."""
    owners = {getattr(instance, "organization_id", None) for instance in instances}
    is_owned = any(field.name == "organization" for field in model._meta.fields)
    if not is_owned or None in owners:
        return models.Q()
    return models.Q(organization_id__in=owners)
