"""What time does to subscriptions, set-based.

One statement takes due rows one step further: a trial ends, a period ends and the next
one begins (with the scheduled plan, where there is one), a scheduled cancellation or
resumption happens. A row that is far behind takes several statements, so that each step
leaves its event. What happens is dated by when it was due, never by when it is done.
"""

from collections import Counter
from datetime import datetime
from uuid import UUID

from django.db import connection

MOST_STEPS = 100
"""So many steps a request makes for one subscription, at most, before it acts on it."""

MOST_ROUNDS = 1_000
"""So many steps one move of a test clock makes for one subscription, at most."""

# Oldest first. Everything is read from the row as it was locked: the statement's
# snapshot may be older. Time arithmetic is done without a zone: a day has 24 hours.
STEP = """
WITH due AS MATERIALIZED (
    SELECT s.*, plan.name AS next_plan_name,
        coalesce(s.scheduled_billing_interval, s.billing_interval) AS next_interval,
        CASE WHEN s.scheduled_billing_interval <> s.billing_interval
            THEN s.current_period_end ELSE s.billing_anchor END AS next_anchor,
        greatest(interval '0', s.resumes_at
            - greatest(s.paused_at, s.current_period_start)) AS paused,
        CASE WHEN s.cancel_at_period_end THEN 'canceled'
            WHEN s.status = 'PAUSED' THEN 'resumed'
            WHEN s.status = 'TRIAL' THEN 'activated'
            ELSE 'renewed' END AS happens
    FROM customers_subscription s
    LEFT JOIN customers_plan plan ON plan.id = s.scheduled_plan_id
    {join}
    WHERE s.due_at <= %(at)s AND {which}
    ORDER BY s.due_at LIMIT %(limit)s
    FOR NO KEY UPDATE OF s {others}
), step AS (
    SELECT *, happens IN ('activated', 'renewed') AS begins FROM due
), changed AS (
    UPDATE customers_subscription s SET
        status = CASE happens WHEN 'canceled' THEN 'CANCELED'
            WHEN 'renewed' THEN step.status ELSE 'ACTIVE' END,
        ended_at = CASE happens WHEN 'canceled' THEN step.current_period_end END,
        cancel_at_period_end = false, paused_at = NULL, resumes_at = NULL,
        current_period_start = CASE WHEN begins
            THEN step.current_period_end ELSE step.current_period_start END,
        current_period_end = CASE happens
            WHEN 'activated' THEN billing_boundary_after(
                next_anchor, next_interval, step.current_period_end)
            WHEN 'renewed' THEN billing_boundary(next_anchor, next_interval,
                billing_steps(next_anchor, next_interval, step.current_period_end) + 1)
            WHEN 'resumed' THEN
                (step.current_period_end AT TIME ZONE 'UTC' + paused) AT TIME ZONE 'UTC'
            ELSE step.current_period_end END,
        billing_anchor = CASE WHEN begins THEN next_anchor
            WHEN happens = 'resumed' THEN
                (step.billing_anchor AT TIME ZONE 'UTC' + paused) AT TIME ZONE 'UTC'
            ELSE step.billing_anchor END,
        billing_interval = CASE WHEN begins
            THEN next_interval ELSE step.billing_interval END,
        plan_id = CASE WHEN begins
            THEN coalesce(step.scheduled_plan_id, step.plan_id) ELSE step.plan_id END,
        plan_name = CASE WHEN begins
            THEN coalesce(next_plan_name, step.plan_name) ELSE step.plan_name END,
        scheduled_plan_id = CASE WHEN NOT begins THEN step.scheduled_plan_id END,
        scheduled_billing_interval = CASE WHEN NOT begins
            THEN step.scheduled_billing_interval END
    FROM step WHERE step.id = s.id
    RETURNING happens
)
SELECT happens, count(*) FROM changed GROUP BY happens
"""
# Test organizations live by their own clock, and others' locks are no reason to wait.
EVERYBODY = STEP.format(
    join="JOIN organizations_organization o ON o.id = s.organization_id",
    which="NOT o.is_test",
    others="SKIP LOCKED",
)
OF_ORGANIZATION = STEP.format(
    join="", which="s.organization_id = %(organization)s", others=""
)
OF_ONE = STEP.format(join="", which="s.id = %(subscription)s", others="")


def step(sql: str, *, at: datetime, limit: int, **which: UUID) -> Counter[str]:
    """Take up to `limit` due rows one step further; how often each thing happened."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"at": at, "limit": limit, **which})
        return Counter(dict(cursor.fetchall()))


# Fewer than there are, by one for each subscription at most: what is due first is one,
# and whole intervals follow it. A cancellation is the last.
STEPS_BEHIND = """
SELECT coalesce(sum(steps), 0), coalesce(max(steps), 0) FROM (
    SELECT CASE WHEN cancel_at_period_end THEN 1 ELSE greatest(1, billing_steps(
        due_at, coalesce(scheduled_billing_interval, billing_interval), %(at)s
    )) END AS steps
    FROM customers_subscription WHERE due_at <= %(at)s AND {which}
) AS each
"""


def behind(which: str, *, at: datetime, **named: UUID) -> tuple[int, int]:
    """At least how many steps are due to all, and to the one furthest behind."""
    with connection.cursor() as cursor:
        cursor.execute(STEPS_BEHIND.format(which=which), {"at": at, **named})
        total, most = cursor.fetchone()
    return int(total), int(most)


def catch_up(subscription: UUID, *, at: datetime) -> bool:
    """Let everything happen that is due to a subscription, where it is not too much."""
    which = {"subscription": subscription}
    if behind("id = %(subscription)s", at=at, **which)[1] > MOST_STEPS:
        return False
    while step(OF_ONE, at=at, limit=1, **which):
        pass
    return True


def catch_up_organization(organization: UUID, *, at: datetime, most: int) -> bool:
    """Let everything happen that is due in one organization, where it is not too much.

    What is too much is known before most of it is done.
    """
    which = {"organization": organization}
    total, longest = behind("organization_id = %(organization)s", at=at, **which)
    if total > most or longest > MOST_ROUNDS:
        return False
    steps = 0
    while steps <= most:
        happened = step(OF_ORGANIZATION, at=at, limit=most, **which).total()
        if not happened:
            return True
        steps += happened
    return False
