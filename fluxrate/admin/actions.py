"""Actions on records, offered on a model's list and on a record's page."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, NamedTuple

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.db.models.options import Options
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
)
from django.utils.timezone import now
from django.utils.translation import gettext

from fluxrate.errors import RuleBroken
from fluxrate.models.owned_deletion import named_rows

from . import errors
from .fields import ReasonField
from .language import word
from .question import QuestionAdmin


class ModelActionForm(forms.Form):
    """The action's parameters; subclasses add fields and may narrow their choices."""

    reason = ReasonField()

    def __init__(
        self, data: QueryDict | None = None, *, records: Sequence[Model] = ()
    ) -> None:
        super().__init__(data)
        # The reason stands at the button.
        self.order_fields([name for name in self.fields if name != "reason"])


class RecordDeleted(RuleBroken):
    code = "not_found"
    message = "It has been deleted meanwhile."


class Unchanged(RuleBroken):
    """The action would change nothing."""


class Outcomes(NamedTuple):
    """The keys of changed rows, and the error of each other row by its key."""

    changed: Collection[object]
    failures: Mapping[object, Exception]


def nothing(record: Model, **data: object) -> None:
    """For actions that have `run_many`."""


def always(_record: object) -> bool:
    return True


def wall_clock(_record: object) -> datetime:
    return now()


def done(opts: Options, action: "ModelAction") -> str:
    """`1 customer marked inactive.`"""
    text = gettext("1 %(noun)s %(done)s.")
    return text % {"noun": opts.verbose_name, "done": word(action.past_participle)}


@dataclass(frozen=True)
class ModelAction:
    """An action of Django's admin, confirmed on a page of its own.

    `run(record, at=…, **form.cleaned_data)` receives the record locked. `clock` gives
    `at` before the lock is taken: the API locks in the same order, so the two cannot
    deadlock. `run_many(rows, **form.cleaned_data)` replaces `run` by few statements.
    `refusal` says why the action cannot be done to a record of this state.
    `past_participle` completes the message “3 subscriptions …”.
    """

    name: str
    label: str
    past_participle: str
    run: Callable[..., None] = field(default=nothing)
    form: type[ModelActionForm] = ModelActionForm
    available: Callable[..., bool] = field(default=always)
    clock: Callable[..., datetime] = field(default=wall_clock)
    run_many: Callable[..., Outcomes] | None = None
    refusal: Callable[..., str] | None = None
    needs_password: bool = False
    allowed_permissions: ClassVar[Sequence[str]] = ("change",)
    # Templates call what they can.
    do_not_call_in_templates: ClassVar[bool] = True

    @property
    def __name__(self) -> str:
        return self.name

    @property
    def short_description(self) -> str:
        return gettext(self.label)

    @property
    def title(self) -> str:
        return gettext(self.label).rstrip("…")

    def __call__(
        self, admin: QuestionAdmin, request: HttpRequest, queryset: QuerySet
    ) -> HttpResponseBase:
        return admin.redirect_to_confirmation(request, self.name, queryset)

    def why_not(self, record: Model) -> str:
        """Why the action cannot be done to the record; "" if it can."""
        if self.refusal is not None:
            return self.refusal(record)
        return (
            "" if self.available(record) else gettext("Its state does not allow this.")
        )

    def details(
        self, admin: QuestionAdmin, request: HttpRequest, rows: QuerySet
    ) -> list[str]:
        """Further lines of the question."""
        return []

    def confirmation(self, admin: QuestionAdmin, rows: QuerySet, total: int) -> str:
        """What must be typed to confirm the action on the rows; "" for nothing."""
        return ""

    def return_url(self, admin: QuestionAdmin, record: Model) -> str:
        """The page after the action on a single record."""
        return admin.page_url(record.pk)

    def response(
        self, admin: QuestionAdmin, request: HttpRequest, url: str
    ) -> HttpResponse:
        """The response after the action on a single record."""
        sentence = done(admin.opts, self)
        admin.message_user(request, sentence, messages.SUCCESS)
        return HttpResponseRedirect(url)

    def perform(
        self,
        admin: QuestionAdmin,
        request: HttpRequest,
        ids: Sequence[str],
        data: Mapping[str, object],
    ) -> dict[str, Exception]:
        """Run on the rows in the running transaction; the errors by id.

        An error of one row does not stop the others.
        """
        rows = admin.get_queryset(request).filter(pk__in=ids)
        run_many = self.run_many or self._run_each
        outcomes = run_many(rows, **data)
        changed = set(map(str, outcomes.changed))
        failures = {str(pk): error for pk, error in outcomes.failures.items()}
        return {
            pk: failures.get(pk, RecordDeleted()) for pk in ids if pk not in changed
        }

    def _run_each(self, rows: QuerySet, **data: object) -> Outcomes:
        changed: list[object] = []
        failures: dict[object, Exception] = {}
        for record in rows.order_by("pk"):
            try:
                with transaction.atomic():
                    self._run_locked(record, data)
                changed.append(record.pk)
            except errors.SAVE_ERRORS as error:
                failures[record.pk] = error
        return Outcomes(changed, failures)

    def _run_locked(self, record: Model, data: Mapping[str, object]) -> None:
        at = self.clock(record)
        rows = named_rows(type(record), [record])
        locked = rows.select_for_update(no_key=True).first()
        if locked is None:
            raise RecordDeleted
        self.run(locked, at=at, **data)
