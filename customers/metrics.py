"""Metrics of subscriptions."""

from fluxrate.metrics.queries import QUERIES, Query

# Test organizations have clocks of their own.
OLDEST_DUE = Query(
    "oldest_due_seconds",
    "How long the oldest step of a subscription has been due.",
    "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0) FROM "
    "(SELECT due_at FROM customers_subscription AS subscription "
    "JOIN organizations_organization AS organization "
    "ON organization.id = subscription.organization_id AND NOT is_test "
    "WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT 1) AS oldest",
)


def register() -> None:
    QUERIES.append(OLDEST_DUE)
