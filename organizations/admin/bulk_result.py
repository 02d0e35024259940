"""What a bulk action did, for its page and its CSV."""

import csv
from collections.abc import Iterable, Iterator
from functools import cached_property
from html import unescape
from io import StringIO
from typing import cast

from django.apps import apps
from django.contrib import admin
from django.db.models import Manager, Model, QuerySet
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from fluxrate.admin.actions import ModelAction
from fluxrate.admin.language import grouped
from fluxrate.admin.question import QuestionAdmin
from fluxrate.models import BulkAction

from .actor import actors

MAX_SHOWN = 100
# A spreadsheet runs text that begins with one of these as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Result:
    """`row` has its progress (`with_progress`)."""

    def __init__(self, row: BulkAction) -> None:
        self.row = row
        self.model: type[Model] = apps.get_model(row.model)
        self.admin = cast(QuestionAdmin, admin.site.get_model_admin(self.model))

    @property
    def title(self) -> str:
        options = self.model._meta
        number = self.row.total
        noun = options.verbose_name if number == 1 else options.verbose_name_plural
        return f"{self._action_title}: {grouped(number)} {noun}"

    @property
    def _action_title(self) -> str:
        if self.row.action == "take_back":
            return gettext("Take back")
        of_site = (action for _, action in self.admin.admin_site.actions)
        actions: list[object] = [*(self.admin.actions or ()), *of_site]
        for action in actions:
            if isinstance(action, ModelAction) and action.name == self.row.action:
                return action.title
        return self.row.action

    @cached_property
    def who(self) -> str:
        return actors([self.row.actor])[self.row.actor].name

    @property
    def columns(self) -> list[str]:
        return [*self.admin.columns, gettext("Why not")]

    def shown(self) -> list[list[str]]:
        """The first refused rows, each with its sentence."""
        return list(self._cells(self._refused()[:MAX_SHOWN]))

    def csv(self) -> Iterator[str]:
        """Lines of RFC 4180, with the id first."""
        yield _line(["Id", *self.columns])
        for number in self._numbers():
            refused = self._refused(number)
            ids = [pk for pk, _ in refused]
            for pk, cells in zip(ids, self._cells(refused), strict=True):
                yield _line([pk, *map(_text, cells)])

    def _numbers(self) -> QuerySet:
        chunks = self.row.chunks.filter(refused_count__gt=0)
        return chunks.order_by("number").values_list("number", flat=True)

    def _refused(self, number: int | None = None) -> list[tuple[str, str]]:
        """The refused rows of a chunk, by default of the first that has any."""
        chunks = self.row.chunks.filter(refused_count__gt=0).order_by("number")
        if number is not None:
            chunks = chunks.filter(number=number)
        lists: list[list[list[str]]] = list(
            chunks.values_list("refused", flat=True)[:1]
        )
        return [(pk, sentence) for each in lists for pk, sentence in each]

    def _cells(self, refused: Iterable[tuple[str, str]]) -> Iterator[list[str]]:
        refused = list(refused)
        rows = cast(Manager, self.model._meta.default_manager).select_related(
            *cast("tuple[str, ...]", self.admin.list_select_related)
        )
        present = rows.in_bulk([pk for pk, _ in refused if pk])
        by_id = {str(pk): record for pk, record in present.items()}
        empty = [""] * (len(self.admin.columns) - 1)
        for pk, sentence in refused:
            record = by_id.get(pk)
            cells = self.admin.cells(record) if record else [pk, *empty]
            yield [*cells, sentence]


def _text(cell: str) -> str:
    """The text of a cell, which may be HTML."""
    return unescape(strip_tags(cell)) if isinstance(cell, SafeString) else cell


def _line(cells: Iterable[str]) -> str:
    text = StringIO()
    safe = [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
    csv.writer(text).writerow(safe)
    return text.getvalue()
