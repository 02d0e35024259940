"""The clock of a test organization: moving it lets its subscriptions' time pass."""

from datetime import datetime

from fluxrate.errors import RuleBroken
from organizations.models import Organization

from .models import subscription_advance

MOST_STEPS = 20_000
"""So many things happen in one move, at most: some seconds' work."""


class NotATestOrganization(RuleBroken):
    code = "not_a_test_organization"
    message = "Only a test organization has a clock: PATCH /organization is_test."


class ClockGoesForward(RuleBroken):
    code = "clock_goes_forward"
    message = "A test clock only moves forward."


class ClockTooFar(RuleBroken):
    code = "clock_too_far"
    message = (
        f"Over {MOST_STEPS:,} steps would be due up to then, or over "
        f"{subscription_advance.MOST_ROUNDS:,} for one subscription. Nothing changed: "
        "move the clock in smaller steps."
    )
    field = "at"


def move_clock(organization: Organization, *, at: datetime) -> Organization:
    """Set the clock and let everything happen that is due by then: all, or nothing.

    For one transaction. The organization's row is locked first, so moves follow one
    another, and a verb happens wholly before or after one.
    """
    rows = Organization.objects.select_for_update(no_key=True)
    locked = rows.get(pk=organization.pk)
    if locked.clock_at is None:
        raise NotATestOrganization
    if at < locked.clock_at:
        raise ClockGoesForward
    if not subscription_advance.catch_up_organization(
        locked.pk, at=at, most=MOST_STEPS
    ):
        raise ClockTooFar
    locked.clock_at = at
    locked.save(update_fields=["clock_at"])
    return locked
