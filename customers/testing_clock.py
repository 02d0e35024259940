"""The clock of a test organization, which decides when its subscriptions are due."""

from datetime import datetime

from fluxrate.errors import RuleBroken
from organizations.models import Organization

from .models.subscription_advance import MAX_STEPS_IN_MOVE, catch_up_organization

MAX_STEPS = 20_000
"""Most steps of one move, for all subscriptions: they take some seconds."""


class NotATestOrganization(RuleBroken):
    code = "not_a_test_organization"
    message = "Only a test organization has a clock: PATCH /organization is_test."


class ClockGoesForward(RuleBroken):
    code = "clock_goes_forward"
    message = "A test clock only moves forward."


class ClockTooFar(RuleBroken):
    code = "clock_too_far"
    message = (
        f"Over {MAX_STEPS:,} steps would be due up to then, or over "
        f"{MAX_STEPS_IN_MOVE:,} for one subscription. Nothing changed: move the "
        "clock in smaller steps."
    )
    field = "at"


def move_clock(organization: Organization, *, at: datetime) -> Organization:
    """Set the clock forward and take every step that is due by then, or none.

    Needs a transaction. The organization's row is locked first, so one move follows the
    other, and an action happens before or after a move, never during it.
    """
    rows = Organization.objects.select_for_update(no_key=True)
    locked = rows.get(pk=organization.pk)
    if locked.clock_at is None:
        raise NotATestOrganization
    if at < locked.clock_at:
        raise ClockGoesForward
    if not catch_up_organization(locked.pk, at=at, limit=MAX_STEPS):
        raise ClockTooFar
    locked.clock_at = at
    locked.save(update_fields=["clock_at"])
    return locked
