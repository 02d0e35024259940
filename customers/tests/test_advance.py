"""`advance` takes the same steps, however often and in how many processes it runs."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.lanes import ADVANCE
from customers.management.commands.advance import summary
from customers.models import Customer, Plan, Subscription
from customers.models.subscription_actions import Status
from customers.models.subscription_advance import advance, dry_run
from fluxrate.models import Event
from organizations.models import Organization

from .subscription_scenario import day

START, END = day("2024-01-31"), day("2025-01-31")
MANAGE = Path(__file__).parents[2] / "manage.py"
SIZE = int(os.environ.get("ADVANCE_SUBSCRIPTIONS", "84"))
TIMES = {"id", "organization_id", "customer_id", "plan_id", "scheduled_plan_id"}
TIMES |= {"created_at", "updated_at", "external_id"}


def fill(name, size):
    """`size` subscriptions of every kind, the same for every organization."""
    organization = Organization.objects.create(name=name)
    plans = [
        Plan.objects.create(organization=organization, name=interval)
        for interval in ("month", "year", "week", "day")
    ]
    customer = Customer.objects.create(
        organization=organization, name="A", email="a@b.co"
    )
    rows = [mixed(number, organization, customer, plans) for number in range(size)]
    Subscription.objects.bulk_create(rows)
    return organization


def mixed(number, organization, customer, plans):
    start = START + timedelta(days=number % 97, hours=number % 24)
    kind, plan = number % 7, plans[(number % 11) % 4]
    end = start + timedelta(days=10)
    fields = {
        # Trials, scheduled cancellations, changes and resumptions among the ordinary.
        1: {"status": Status.TRIAL, "trial_end_date": end},
        2: {"cancel_at_period_end": True, "canceled_at": start},
        3: {"scheduled_plan": plans[0], "scheduled_billing_interval": "month"},
        4: {
            "status": Status.PAUSED,
            "paused_at": start + timedelta(days=3),
            "resumes_at": start + timedelta(days=number % 200 + 4, minutes=number),
        },
        5: {"status": Status.PAST_DUE},
        6: {"status": Status.PAUSED, "paused_at": start},
    }.get(kind, {})
    return Subscription(
        organization=organization,
        customer=customer,
        plan=plan,
        plan_name=plan.name,
        external_id=f"s-{number}",
        billing_interval=plan.name,
        billing_anchor=end,
        start_date=start,
        current_period_start=start,
        current_period_end=end,
        **fields,
    )


def rows(organization):
    subscriptions = Subscription.objects.filter(organization=organization)
    return {
        row["external_id"]: {k: v for k, v in row.items() if k not in TIMES}
        for row in subscriptions.values()
    }


def events(organization):
    """Each subscription's events in order, without ids and times of writing."""
    names = dict(
        Subscription.objects.filter(organization=organization).values_list(
            "id", "external_id"
        )
    )
    histories = {}
    for event in Event.objects.filter(object_id__in=names).order_by("id"):
        changes = {k: v for k, v in event.changes.items() if k not in TIMES}
        entry = (event.type, event.revision, changes)
        histories.setdefault(names[event.object_id], []).append(entry)
    return histories


def run(at, **options):
    return sum(outcomes.total() for outcomes in advance(at=at, **options))


@pytest.mark.django_db(transaction=True)
def test_a_year_at_once_and_day_by_day_end_the_same():
    """`make life` runs it with 10,000 subscriptions. Each batch commits, so that VACUUM
    can remove the old row versions."""
    at_once = fill("At once", SIZE)
    run(END)
    daily = fill("Daily", SIZE)
    for days in range((END - START).days + 1):
        run(START + timedelta(days=days))
    assert rows(at_once) == rows(daily)
    assert events(at_once) == events(daily)
    statuses = {row["status"] for row in rows(daily).values()}
    assert statuses == {"ACTIVE", "PAST_DUE", "PAUSED", "CANCELED"}
    assert not Subscription.objects.due(at=END).exists()


def test_each_missed_period_leaves_one_event(db):
    organization = fill("Acme", 1)
    at = day("2024-06-15")
    assert run(at) == 5
    subscription = Subscription.objects.get()
    assert subscription.current_period_start <= at < subscription.current_period_end
    steps = events(organization)["s-0"][1:]
    assert len(steps) == 5
    for before, after in pairwise(steps):
        assert before[2]["current_period_end"][1] == after[2]["current_period_start"][1]


def test_no_step_is_taken_twice(db):
    fill("Acme", 20)
    assert run(END, batch=7) > 20
    assert run(END) == 0


def test_a_test_organization_is_skipped(db):
    organization = Organization.objects.create(name="T", is_test=True, clock_at=START)
    plan = Plan.objects.create(organization=organization, name="month")
    customer = Customer.objects.create(
        organization=organization, name="A", email="a@b.co"
    )
    mixed(0, organization, customer, [plan] * 4).save()
    assert run(END) == 0


def test_a_pause_moves_the_end_by_the_paused_time(db):
    organization = fill("Acme", 5)
    subscription = Subscription.objects.get(external_id="s-4")
    paused = subscription.resumes_at - subscription.paused_at
    run(subscription.resumes_at)
    after = Subscription.objects.get(pk=subscription.pk)
    assert after.current_period_end == subscription.current_period_end + paused
    assert after.billing_anchor == subscription.billing_anchor + paused
    assert after.status == "ACTIVE"
    assert rows(organization)["s-4"]["paused_at"] is None


def test_a_dry_run_counts_all_batches(db):
    fill("Acme", 14)
    whole = dry_run(at=END)
    with CaptureQueriesContext(connection) as statements:
        assert dry_run(at=END, batch=1) == whole
    # One statement for each step, and one that has no row.
    steps = [query for query in statements if "WITH due" in query["sql"]]
    assert len(steps) == whole.total() + 1


def test_a_round_of_the_worker_takes_the_steps_that_are_due_now(db):
    fill("Acme", 14)
    due = dry_run(at=datetime.now(UTC))
    assert due
    outcomes = Counter()
    for step in ADVANCE.begin():
        outcomes.update(step)
    assert outcomes == due
    assert not dry_run(at=datetime.now(UTC))


def test_the_command_prints_the_outcomes(db):
    fill("Acme", 14)
    before = rows(Organization.objects.get())
    output = StringIO()
    call_command("advance", "--at", "2025-01-31", "--dry-run", stdout=output)
    assert "Would happen up to 2025-01-31" in output.getvalue()
    assert rows(Organization.objects.get()) == before
    output = StringIO()
    call_command("advance", "--at", "2025-01-31T00:00:00Z", stdout=output)
    assert "trials ended" in output.getvalue()
    assert "2 canceled" in output.getvalue()


def test_a_terminal_shows_the_progress_in_one_line(db, monkeypatch):
    fill("Acme", 14)
    output = StringIO()
    monkeypatch.setattr(output, "isatty", lambda: True, raising=False)
    call_command("advance", "--at", "2025-01-31", "--batch=4", stdout=output)
    *progress, last = output.getvalue().split("\r\x1b[K")
    assert len(progress) > 2
    assert progress[-1].endswith("/s)")
    assert last.startswith("Up to 2025-01-31 00:00:00: ")
    assert output.getvalue().count("\n") == 1


@pytest.mark.parametrize(
    ("outcomes", "text"),
    [
        ({"renewed": 1, "activated": 1}, "1 trial ended, 1 period ended"),
        ({"renewed": 1200, "resumed": 1}, "1,200 periods ended, 1 resumed"),
        ({"canceled": 2}, "2 canceled"),
        ({}, "nothing was due"),
    ],
)
def test_the_summary_counts_in_singular_and_plural(outcomes, text):
    assert summary(Counter(outcomes)) == text


def test_locked_rows_are_skipped(transactional_db):
    """They are advanced once the lock is released."""
    fill("Acme", 3)
    locked = Subscription.objects.select_for_update().filter(external_id="s-0")
    with transaction.atomic():
        assert locked.exists()
        assert list(locked)
        other = subprocess.run(
            command(), env=environment(), capture_output=True, timeout=60, check=True
        )
    assert b"canceled" in other.stdout
    assert Subscription.objects.due(at=END).count() == 1
    assert run(END) > 0


def command(*options):
    at = ["--at", END.isoformat(), "--batch", "5", *options]
    return [sys.executable, MANAGE, "advance", *at]


def environment():
    """The environment of a process on the suite's database."""
    base, name = os.environ["DATABASE_URL"], connection.settings_dict["NAME"]
    address, question, query = base.partition("?")
    url = f"{address.rpartition('/')[0]}/{name}{question}{query}"
    return os.environ | {"DATABASE_URL": url}


def test_concurrent_runs_equal_one_run_even_if_one_is_killed(transactional_db):
    alone = fill("Alone", 60)
    run(END)
    together = fill("Together", 60)
    first, second, victim = (
        subprocess.Popen(command(), env=environment(), stdout=subprocess.PIPE)
        for _ in range(3)
    )
    victim.stdout.readline()
    victim.send_signal(signal.SIGKILL)
    for process in (first, second, victim):
        process.communicate(timeout=120)
    assert (first.returncode, second.returncode) == (0, 0)
    run(END)
    assert rows(together) == rows(alone)
    assert events(together) == events(alone)
