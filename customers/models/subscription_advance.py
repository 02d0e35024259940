"""The steps that are due to subscriptions, taken in sets of rows.

One statement takes due rows one step further: a trial ends, a period ends and the next
one begins (with the scheduled plan, if there is one), a scheduled cancellation or
resumption happens. A row that is far behind takes several statements, and each step
writes an event. A step is dated by its due time, not by the time of the statement.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

Outcomes = Counter[str]
"""How often each outcome happened: activated, renewed, resumed, canceled."""

BATCH = 5_000
MAX_STEPS_IN_ACTION = 100
"""Most steps that an action takes for its subscription before it runs."""
MAX_RESTORED_STEPS = 20_000
"""Most steps that a restoration takes for the restored subscriptions."""
MAX_STEPS_IN_MOVE = 1_000
"""Most steps that one move of a testing clock takes for one subscription."""

# Due rows, the oldest due time first. FOR NO KEY UPDATE returns the newest version of a
# row, which the statement's snapshot may lack; so `changed` reads from `due` alone.
# Time arithmetic is done in UTC without a zone: a day has 24 hours.
_STEP = """
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
            ELSE 'renewed' END AS outcome
    FROM customers_subscription s
    LEFT JOIN customers_plan plan ON plan.id = s.scheduled_plan_id
        AND plan.organization_id = s.organization_id
    {join}
    WHERE s.due_at <= %(at)s AND {condition}
    ORDER BY s.due_at LIMIT %(limit)s
    FOR NO KEY UPDATE OF s {locked}
), step AS (
    SELECT *, outcome IN ('activated', 'renewed') AS begins_period FROM due
), changed AS (
    UPDATE customers_subscription s SET
        status = CASE outcome WHEN 'canceled' THEN 'CANCELED'
            WHEN 'renewed' THEN step.status ELSE 'ACTIVE' END,
        ended_at = CASE outcome WHEN 'canceled' THEN step.current_period_end END,
        cancel_at_period_end = false, paused_at = NULL, resumes_at = NULL,
        current_period_start = CASE WHEN begins_period
            THEN step.current_period_end ELSE step.current_period_start END,
        current_period_end = CASE outcome
            WHEN 'activated' THEN billing_boundary_after(
                next_anchor, next_interval, step.current_period_end)
            WHEN 'renewed' THEN billing_boundary(next_anchor, next_interval,
                billing_steps(next_anchor, next_interval, step.current_period_end) + 1)
            WHEN 'resumed' THEN
                (step.current_period_end AT TIME ZONE 'UTC' + paused) AT TIME ZONE 'UTC'
            ELSE step.current_period_end END,
        billing_anchor = CASE WHEN begins_period THEN next_anchor
            WHEN outcome = 'resumed' THEN
                (step.billing_anchor AT TIME ZONE 'UTC' + paused) AT TIME ZONE 'UTC'
            ELSE step.billing_anchor END,
        billing_interval = CASE WHEN begins_period
            THEN next_interval ELSE step.billing_interval END,
        plan_id = CASE WHEN begins_period
            THEN coalesce(step.scheduled_plan_id, step.plan_id) ELSE step.plan_id END,
        plan_name = CASE WHEN begins_period
            THEN coalesce(next_plan_name, step.plan_name) ELSE step.plan_name END,
        scheduled_plan_id = CASE WHEN NOT begins_period THEN step.scheduled_plan_id END,
        scheduled_billing_interval = CASE WHEN NOT begins_period
            THEN step.scheduled_billing_interval END
    FROM step WHERE step.id = s.id AND step.organization_id = s.organization_id {owner}
    RETURNING outcome
)
SELECT outcome, count(*) FROM changed GROUP BY outcome
"""
# Without test organizations, which have a clock of their own, and without the rows that
# another transaction has locked.
ALL_LIVE = _STEP.format(
    join="JOIN organizations_organization o ON o.id = s.organization_id",
    condition="NOT o.is_test",
    owner="",
    locked="SKIP LOCKED",
)


def _within_organization(condition: str = "true") -> str:
    return _STEP.format(
        join="",
        condition=f"s.organization_id = %(organization)s AND {condition}",
        owner="AND s.organization_id = %(organization)s",
        locked="",
    )


ONE_ORGANIZATION = _within_organization()
ONE_SUBSCRIPTION = _within_organization("s.id = %(subscription)s")
RESTORED = _within_organization("s.id = ANY(%(subscriptions)s)")

# A lower bound: for each subscription it may lack one step. The first step is due at
# `due_at`, and whole intervals follow it. A cancellation is the last step.
_DUE_STEPS = """
SELECT coalesce(sum(steps), 0), coalesce(max(steps), 0) FROM (
    SELECT CASE WHEN cancel_at_period_end THEN 1 ELSE greatest(1, billing_steps(
        due_at, coalesce(scheduled_billing_interval, billing_interval), %(at)s
    )) END AS steps
    FROM customers_subscription WHERE due_at <= %(at)s AND {condition}
) AS due
"""


def advance(*, at: datetime, batch: int = BATCH) -> Iterator[Outcomes]:
    """Take every due step of all live organizations; yields the outcomes of a batch.

    A batch is one statement in a transaction of its own, so a run may be stopped at any
    time. Several may run at once: each skips the rows that another has locked.
    """
    while outcomes := _advance_batch(at=at, limit=batch):
        yield outcomes


@transaction.atomic
def _advance_batch(*, at: datetime, limit: int) -> Outcomes:
    return step(ALL_LIVE, at=at, limit=limit)


def dry_run(*, at: datetime, batch: int = BATCH) -> Outcomes:
    """The outcomes that `advance` would have; the transaction is rolled back."""
    total: Outcomes = Counter()
    with transaction.atomic():
        for outcomes in advance(at=at, batch=batch):
            total += outcomes
        transaction.set_rollback(True)
    return total


def catch_up(subscription: UUID, organization: UUID, *, at: datetime) -> bool:
    """Take every due step of one subscription; False if there are too many."""
    ids = {"subscription": subscription, "organization": organization}
    one = "organization_id = %(organization)s AND id = %(subscription)s"
    _, most = count_due_steps(one, at=at, **ids)
    if most > MAX_STEPS_IN_ACTION:
        return False
    while step(ONE_SUBSCRIPTION, at=at, limit=1, **ids):
        pass
    return True


def catch_up_restored(
    subscriptions: list[UUID], organization: UUID, *, at: datetime
) -> int:
    """Take the due steps of an organization's restored subscriptions; return how many.

    Steps beyond MAX_RESTORED_STEPS are left to `advance`, which dates them the same.
    """
    taken = 0
    while subscriptions and taken < MAX_RESTORED_STEPS:
        limit = MAX_RESTORED_STEPS - taken
        outcomes = step(
            RESTORED,
            at=at,
            limit=limit,
            organization=organization,
            subscriptions=subscriptions,
        )
        if not outcomes:
            break
        taken += outcomes.total()
    return taken


def catch_up_organization(organization: UUID, *, at: datetime, limit: int) -> bool:
    """Take every due step of one organization; False if there are more than `limit`.

    They are counted first, so too many are refused before most of them are taken.
    """
    ids = {"organization": organization}
    total, most = count_due_steps("organization_id = %(organization)s", at=at, **ids)
    if total > limit or most > MAX_STEPS_IN_MOVE:
        return False
    taken = 0
    while taken <= limit:
        outcomes = step(ONE_ORGANIZATION, at=at, limit=limit, **ids)
        if not outcomes:
            return True
        taken += outcomes.total()
    return False


def step(sql: str, *, at: datetime, limit: int, **ids: UUID | list[UUID]) -> Outcomes:
    """Take up to `limit` due rows one step further."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"at": at, "limit": limit, **ids})
        return Counter(dict(cursor.fetchall()))


def count_due_steps(condition: str, *, at: datetime, **ids: UUID) -> tuple[int, int]:
    """Lower bounds of the due steps: of all matching rows, and of one row at most."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE_STEPS.format(condition=condition), {"at": at, **ids})
        total, most = cursor.fetchone()
    return int(total), int(most)
