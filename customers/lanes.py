"""The worker's lanes of subscriptions and of the search indexes."""

from fluxrate.worker import LANES, Lane

ADVANCE = Lane("advance", "customers.due_steps.advance_due", every=60)
SEARCH = Lane("search", "customers.models.customer_indexes.merge_pending", every=0.5)


def register() -> None:
    LANES.extend([ADVANCE, SEARCH])
