"""Deletes rows that have expired, and counts the rows of long lists."""

from collections.abc import Generator, Iterable
from datetime import timedelta

from django.contrib.sessions.models import Session as AdminSession
from django.db import models
from django.utils.timezone import now

from fluxrate.models import (
    BulkAction,
    Heartbeat,
    StoredResponse,
    TokenBucket,
    count_intervals,
)
from fluxrate.models.row_count import counted_models

from .models import Email, Session, Ticket

# Operators may ask what became of an email.
_EMAIL_LIFETIME = timedelta(days=7)


def prune() -> Generator[dict[str, int], None, None]:
    """Yield how many rows of each kind were deleted, and how many intervals counted."""
    for name, rows in _expired():
        deleted, _ = rows.delete()
        yield {name: deleted}
    yield {"intervals": sum(map(count_intervals, counted_models()))}


def _expired() -> Iterable[tuple[str, "models.QuerySet[models.Model]"]]:
    at = now()
    return [
        ("stored_responses", StoredResponse.objects.expired()),
        ("token_buckets", TokenBucket.objects.full()),
        ("sessions", Session.objects.stale(at=at)),
        ("admin_sessions", AdminSession.objects.filter(expire_date__lt=at)),
        ("tickets", Ticket.objects.filter(expires_at__lt=at)),
        ("emails", Email.objects.done(before=_EMAIL_LIFETIME)),
        ("bulk_actions", BulkAction.objects.stale()),
        ("heartbeats", Heartbeat.objects.forgotten()),
    ]
