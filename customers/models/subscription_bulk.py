"""Actions on the subscriptions of a queryset, as one batch."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, Protocol, cast
from uuid import UUID

from django.db import models, transaction

from fluxrate.errors import RuleBroken
from fluxrate.models import OwnedQuerySet
from fluxrate.models.acting import acting
from organizations.models import Organization

from .subscription_actions import BY_NAME, Action


class Performer(Protocol):
    pk: UUID
    organization: Organization

    def perform(self, action: Action, *, at: datetime, **data: object) -> None: ...


class Outcome(NamedTuple):
    """The number of changed subscriptions, and the sentence of each refusal by id."""

    changed: int
    refused: dict[UUID, str]


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
        """Do the action to each, at its organization's time; a refusal stops no other.

        The order of the locks is the same in all batches.
        """
        refused, changed = dict[UUID, str](), 0
        rows = self.select_related("organization").order_by("pk")
        locked = rows.select_for_update(of=["self"], no_key=True)
        with acting(reason=reason):
            for row in cast("Iterable[Performer]", locked):
                try:
                    with transaction.atomic():
                        row.perform(BY_NAME[name], at=row.organization.now(), **data)
                except RuleBroken as error:
                    refused[row.pk] = str(error)
                else:
                    changed += 1
        return Outcome(changed, refused)
