"""Metrics of emails."""

from fluxrate.metrics.queries import QUERIES, Query

EMAILS = Query(
    "emails",
    "Emails by status; a row is deleted a week after it was sent.",
    "SELECT lower(status), count(email.status) FROM "
    "unnest(ARRAY['WAITING', 'SENT', 'DISCARDED', 'UNDELIVERABLE']) AS status "
    "LEFT JOIN organizations_email AS email USING (status) GROUP BY 1",
    "status",
)
OLDEST_EMAIL = Query(
    "oldest_email_seconds",
    "How long the oldest email has been waiting.",
    "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) "
    "FROM organizations_email WHERE status = 'WAITING'",
)


def register() -> None:
    QUERIES.extend([EMAILS, OLDEST_EMAIL])
