"""What the question of an action says about the selected rows."""

from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar, NamedTuple

from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest

from .html import link
from .language import word
from .urls import AdminURLs

MAX_SHOWN = 20
Refusal = Callable[[Model], str]
"""Why the action cannot be done to a row in this state; "" if it can."""


class QuestionAdmin(AdminURLs):
    """`decisive_fields` decide whether an action can be done to a row; `columns` and
    `cells` show a row in a question and in a result.
    """

    decisive_fields: ClassVar[tuple[str, ...]] = ()
    columns: ClassVar[tuple[str, ...]] = ("Record",)

    def cells(self, record: Model) -> list[str]:
        """The values of the columns as HTML or text; the first links to the record."""
        return [link(record, self.label(record))]

    def state_label(self, record: Model) -> str:
        return ""

    def deletion_details(self, request: HttpRequest, rows: QuerySet) -> list[str]:
        """What goes along with the deletion of the rows."""
        return []

    def deletion_confirmation(self, rows: QuerySet, total: int) -> str:
        """What must be typed to delete the rows; "" for nothing."""
        return ""


class Group(NamedTuple):
    """Selected rows of one state, and why the action cannot be done to them."""

    state: str
    number: int
    refusal: str
    condition: Q


class Question:
    """Two or three statements at any number of rows."""

    def __init__(self, admin: QuestionAdmin, rows: QuerySet, refusal: Refusal) -> None:
        self.admin, self.rows = admin, rows
        self.groups = list(_groups(admin, rows, refusal))
        refused = [group for group in self.groups if group.refusal]
        self.refused_count = sum(group.number for group in refused)
        self._is_refused = Q()
        for group in refused:
            self._is_refused |= group.condition
        self.refusal = refusal

    def shown(self) -> Iterable[list[str]]:
        """The cells of the first rows to which the action can be done."""
        rows = self.rows.exclude(self._is_refused) if self._is_refused else self.rows
        return [self.admin.cells(row) for row in rows[:MAX_SHOWN]]

    def refused(self) -> Iterable[list[str]]:
        """The cells of the first other rows, each with its refusal at the end."""
        if not self.refused_count:
            return []
        rows = self.rows.filter(self._is_refused)[:MAX_SHOWN]
        return [[*self.admin.cells(row), word(self.refusal(row))] for row in rows]


def _groups(admin: QuestionAdmin, rows: QuerySet, refusal: Refusal) -> Iterator[Group]:
    if not admin.decisive_fields:
        return
    states = rows.order_by().values(*admin.decisive_fields)
    for state in states.annotate(number=Count("pk")).order_by("-number"):
        number = state.pop("number")
        record = admin.model(**state)
        label, sentence = admin.state_label(record), refusal(record)
        yield Group(label, number, word(sentence), Q(**state))
