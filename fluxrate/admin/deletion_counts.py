"""The rows that a deletion takes along, which PostgreSQL counts."""

from collections.abc import Mapping, Sequence
from typing import cast

from django.core.exceptions import FieldDoesNotExist
from django.db.models import CASCADE, Count, Field, Model, QuerySet
from django.utils.translation import gettext

from fluxrate.models import Recorded
from fluxrate.models.recorded import NounCount, nouns

from .language import grouped

Counts = Mapping[type[Model], NounCount]


def count_cascades(model: type[Model], records: Sequence[Model] | QuerySet) -> Counts:
    """One statement for each model whose rows go along."""
    counts = {}
    for relation in model._meta.related_objects:
        if relation.on_delete is CASCADE:
            rows: QuerySet = QuerySet(relation.related_model)
            count = _count(rows.filter(**{f"{relation.field.name}__in": records}))
            if count["total"]:
                counts[relation.related_model] = count
    return counts


def _count(rows: QuerySet) -> NounCount:
    try:
        rows.model._meta.get_field("status")
    except FieldDoesNotExist:
        return {"total": rows.count(), "by_status": {}}
    statuses = rows.order_by("status").values_list("status")
    by_status = dict(statuses.annotate(number=Count("pk")))
    return {"total": sum(by_status.values()), "by_status": by_status}


def sentences(model: type[Model], counts: Counts) -> list[str]:
    """What goes along, by status, and what to consider before."""
    lines = []
    for related, count in counts.items():
        text = gettext("%(number)s %(noun)s are deleted along") % {
            "number": grouped(count["total"]),
            "noun": related._meta.verbose_name_plural,
        }
        parts = _by_status(related, count)
        lines.append(f"{text}: {parts}." if parts else f"{text}.")
    if issubclass(model, Recorded):
        by_noun = {nouns(related): count for related, count in counts.items()}
        lines.extend(
            f"{gettext(warning['message'])} ({grouped(warning['count'])})"
            for warning in model().deletion_warnings(by_noun)
        )
    return lines


def _by_status(model: type[Model], count: NounCount) -> str:
    if not count["by_status"]:
        return ""
    labels = dict(cast(Field, model._meta.get_field("status")).flatchoices)
    return ", ".join(
        f"{grouped(number)} {gettext(str(labels.get(status, status)))}"
        for status, number in count["by_status"].items()
    )
