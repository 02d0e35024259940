"""The worker's lane of subscriptions."""

from fluxrate.worker import LANES, Lane

ADVANCE = Lane("advance", "customers.models.subscription_advance.advance_due", every=60)


def register() -> None:
    LANES.append(ADVANCE)
