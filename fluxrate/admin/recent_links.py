"""The names and pages of the records that a staff user opened last."""

from collections import defaultdict
from typing import NamedTuple

from django.apps import apps
from django.contrib import admin
from django.db.models import F, Value
from django.http import HttpRequest

from fluxrate.postgres.triggers import object_type

from .base import BaseAdmin
from .recent import recent


class RecentLink(NamedTuple):
    kind: str
    name: str
    detail: str
    url: str


def recent_links(request: HttpRequest) -> list[RecentLink]:
    """The last one first, without what has been deleted; one statement."""
    opened = recent(request)
    ids: dict[str, list[object]] = defaultdict(list)
    for kind, pk in opened:
        ids[kind].append(pk)
    admins = {
        kind: model_admin
        for kind, model_admin in _admins().items()
        if kind in ids and model_admin.has_view_permission(request)
    }
    parts = [
        model_admin.get_queryset(request)
        .filter(pk__in=ids[kind])
        .order_by()
        .values_list(Value(kind), "pk", *map(F, model_admin.title_columns))
        for kind, model_admin in admins.items()
    ]
    if not parts:
        return []
    first, *others = parts
    rows = first.union(*others, all=True) if others else first
    names = {(kind, pk): (name, detail) for kind, pk, name, detail in rows}
    return [
        RecentLink(
            str(admins[kind].opts.verbose_name),
            *names[kind, pk],
            url=admins[kind].page_url(pk),
        )
        for kind, pk in opened
        if (kind, pk) in names
    ]


def _admins() -> dict[str, BaseAdmin]:
    """By the type of their records' events."""
    registered = filter(admin.site.is_registered, apps.get_models())
    return {
        object_type(each.model): each
        for each in map(admin.site.get_model_admin, registered)
        if isinstance(each, BaseAdmin) and each.title_columns
    }
