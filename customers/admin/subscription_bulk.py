"""An action on many subscriptions in few statements."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from customers.models import Subscription
from customers.models.subscription_actions import Action
from fluxrate.admin.actions import Outcomes
from fluxrate.admin.errors import SAVE_ERRORS
from fluxrate.errors import RuleBroken
from fluxrate.postgres.refusals import refusals
from fluxrate.postgres.returning import update_rows
from organizations.models import Organization


class ForeignPlan(RuleBroken):
    message = "The plan belongs to another organization."
    field = "plan_id"


def perform_on_many(action: Action, rows: QuerySet, **data: object) -> Outcomes:
    """Do the action to each row at the time of its organization.

    The clocks are locked before the rows, as in the API.
    """
    owners = rows.order_by().values("organization_id")
    clocks = Organization.objects.filter(pk__in=owners).order_by("pk")
    times = {organization.pk: organization.now() for organization in clocks}
    ids = list(rows.values_list("pk", flat=True))
    locked = Subscription.objects.filter(pk__in=ids).order_by("pk")
    failures: dict[object, Exception] = {}
    changed: dict[UUID, Subscription] = {}
    for row in locked.select_for_update(no_key=True):
        try:
            _change(row, action, times[row.organization_id], data)
            changed[row.pk] = row
        except SAVE_ERRORS as error:
            failures[row.pk] = error
    failures |= _save(changed)
    return Outcomes(changed.keys() - failures.keys(), failures)


def _change(
    row: Subscription, action: Action, at: datetime, data: dict[str, object]
) -> None:
    """Set the fields that the action changes, without saving them."""
    if row.due_at is not None and row.due_at <= at:
        with transaction.atomic():
            row.catch_up(at=at)
    plan = data.get("plan")
    owner = getattr(plan, "organization_id", row.organization_id)
    if owner != row.organization_id:
        raise ForeignPlan
    row.unsaved = set()
    getattr(row, action.method)(at=at, **data)


def _save(rows: dict[UUID, Subscription]) -> Iterable[tuple[object, Exception]]:
    """Save the changed fields; yields the rows that violate a constraint."""
    names = {name for row in rows.values() for name in row.unsaved or ()}

    def save(ids: list[object]) -> None:
        update_rows([rows[pk] for pk in rows if pk in set(ids)], names)

    return refusals(save, list(rows)) if names else ()
