"""Actions on the subscriptions of a queryset, as one batch."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar, cast
from uuid import UUID

from django.db import (
    DataError,
    IntegrityError,
    OperationalError,
    models,
    transaction,
)

from fluxrate.errors import RuleBroken
from fluxrate.models import OwnedQuerySet
from fluxrate.models.acting import acting
from fluxrate.postgres.refusals import refusals
from fluxrate.postgres.returning import update_rows
from organizations.models import Organization

from .subscription_actions import BY_NAME, Action


class Changeable(Protocol):
    organization_id: UUID

    def set_changes(
        self, action: Action, *, at: datetime, **data: object
    ) -> list[str]: ...


Row = TypeVar("Row", bound=models.Model)
# Errors that refuse one row.
REFUSALS = (RuleBroken, DataError, IntegrityError, OperationalError)


def save_together(
    rows: Iterable[Row], set_changes: Callable[[Row], Iterable[str]]
) -> dict[object, Exception]:
    """Set the changes of locked rows, and save all of them by one statement.

    `set_changes` returns the names of a row's changed fields. The result has the error
    of each row that stays as it was.
    """
    refused: dict[object, Exception] = {}
    changed: dict[object, Row] = {}
    names: set[str] = set()
    for row in rows:
        try:
            names.update(set_changes(row))
            changed[row.pk] = row
        except REFUSALS as error:
            refused[row.pk] = error

    def save(ids: list[object]) -> None:
        update_rows([changed[pk] for pk in ids], names)

    return refused | dict(refusals(save, list(changed)) if names else ())


class Outcome(NamedTuple):
    """The number of changed subscriptions, and the sentence of each refusal by id."""

    changed: int
    refused: dict[object, str]


class SubscriptionActionsQuerySet(OwnedQuerySet):
    def cancel(self, *, reason: str, now: bool = False) -> Outcome:
        """Cancel each at the end of its period, or now."""
        data = {"cancel_at_period_end": not now, "reason": reason}
        return self._perform("cancel", reason, data)

    def pause(self, *, reason: str, resumes_at: datetime | None = None) -> Outcome:
        return self._perform("pause", reason, {"resumes_at": resumes_at})

    def resume(self, *, reason: str) -> Outcome:
        return self._perform("resume", reason, {})

    def change_plan(
        self, *, plan: models.Model, reason: str, at_period_end: bool = False
    ) -> Outcome:
        data = {"plan": plan, "at_period_end": at_period_end}
        return self._perform("change-plan", reason, data)

    def _perform(self, name: str, reason: str, data: dict[str, object]) -> Outcome:
        with acting(reason=reason):
            ids, errors = self.perform(BY_NAME[name], **data)
        return Outcome(len(ids), {pk: str(error) for pk, error in errors.items()})

    def perform(
        self, action: Action, **data: object
    ) -> tuple[set[object], dict[object, Exception]]:
        """Do the action to each, at its organization's time; a refusal stops no other.

        The ids of the changed rows, and the errors of the others. The clocks are locked
        before the rows, as in the API, and the order of the rows' locks is the same in
        all batches.
        """
        with transaction.atomic():
            owners = self.order_by().values("organization_id")
            clocks = Organization.objects.filter(pk__in=owners).order_by("pk")
            times = {organization.pk: organization.now() for organization in clocks}
            ids = list(self.values_list("pk", flat=True))
            every = type(self)(self.model, using=self.db)
            same = every.filter(pk__in=ids, organization_id__in=times)
            rows = list(same.order_by("pk").select_for_update(no_key=True))

            def set_changes(row: models.Model) -> list[str]:
                subscription = cast(Changeable, row)
                at = times[subscription.organization_id]
                return subscription.set_changes(action, at=at, **data)

            refused = save_together(rows, set_changes)
        return {row.pk for row in rows} - refused.keys(), refused
