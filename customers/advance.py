"""Let time pass for all subscriptions: what `manage.py advance` does."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from .models import subscription_advance

BATCH = 5_000


def advance(*, at: datetime, batch: int = BATCH) -> Iterator[Counter[str]]:
    """Let everything happen that is due by then; for each batch, how often each thing.

    A batch is one statement in a transaction of its own: whenever this is stopped,
    what is done is done whole and the rest is still due. Any number may run at once:
    rows that another holds are left to it. Test organizations are left alone.
    """
    while happened := _step(at=at, limit=batch):
        yield happened


def rehearse(*, at: datetime, batch: int = BATCH) -> Counter[str]:
    """What `advance` would do, counted; nothing stays changed."""
    total: Counter[str] = Counter()
    with transaction.atomic():
        for happened in advance(at=at, batch=batch):
            total += happened
        transaction.set_rollback(True)
    return total


@transaction.atomic
def _step(*, at: datetime, limit: int) -> Counter[str]:
    return subscription_advance.step(subscription_advance.EVERYBODY, at=at, limit=limit)
