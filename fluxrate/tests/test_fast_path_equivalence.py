"""Plans answer as the ordinary way does, whatever is asked.

REQUESTS generated requests go to two databases that begin alike, to one through plans
and to the other through the views. Status, headers, body, rows, events and
totals must be the same. SEED makes other requests; `make equivalence` sends 50,000.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
from django.apps import apps

from fluxrate.api.wsgi_request import StrictWSGIHandler
from fluxrate.tests.both_ways import TABLES, Difference, Sent, Twins, compare
from fluxrate.tests.equivalence_world import EquivalenceWorld, twin_databases
from fluxrate.tests.generated_requests import Generator
from fluxrate.tests.ways_to_answer import InProcess, serving
from organizations.auth.front import front_controller

REQUESTS = int(os.environ.get("REQUESTS", "2000"))
SEED = int(os.environ.get("SEED", "1"))
# New databases after so many requests, before too many callers have lost their logins.
EPOCH = 1000
OVER_WIRE = 300
# Few of these are writes that are repeated: one more is.
REPETITIONS = 10
# Differences to print.
MOST = 10
DIFFERENT = "different"


class Counting:
    """The ordinary application, which notes whether it was asked."""

    def __init__(self) -> None:
        self.application, self.is_idle = StrictWSGIHandler(), True

    def __call__(self, *arguments):
        self.is_idle = False
        return self.application(*arguments)

    def was_idle(self) -> bool:
        """Whether it has not been asked since the last time that this was called."""
        was, self.is_idle = self.is_idle, True
        return was


@contextmanager
def in_process(*applications) -> Iterator[tuple[EquivalenceWorld, Twins]]:
    with twin_databases() as (world, names), ExitStack() as stack:
        plain, fast = (
            stack.enter_context(closing(InProcess(*each)))
            for each in zip(names, applications, strict=True)
        )
        both = Twins(plain, fast)
        both.begin()
        yield world, both


@contextmanager
def over_wire() -> Iterator[tuple[EquivalenceWorld, Twins]]:
    with (
        twin_databases() as (world, (first, second)),
        serving(first, fast=False) as plain,
        serving(second, fast=True) as fast,
    ):
        both = Twins(plain, fast)
        both.begin()
        yield world, both


class Results:
    """What came of the requests."""

    def __init__(self) -> None:
        self.statuses: Counter[str] = Counter()
        self.by_plan: Counter[str] = Counter()
        self.differences: list[str] = []

    def __str__(self) -> str:
        return f"{dict(self.statuses)}, by plans: {dict(self.by_plan)}"

    def send(self, world, both: Twins, requests: int, is_fast) -> None:
        """Send generated requests, until a write has made the databases different."""
        generator = Generator(world, both, SEED + self.statuses.total())
        for _ in range(requests):
            sent = generator.next()
            status = self.count(both, sent, is_fast)
            if status == DIFFERENT and not sent.is_safe:
                break
        else:
            compare("At the end the rows", *both.pair())

    def repeat(self, sent: Sent, both: Twins, is_fast) -> None:
        """Send one request so often that it has a plan."""
        for _ in range(REPETITIONS):
            self.count(both, sent, is_fast)

    def count(self, both: Twins, sent: Sent, is_fast) -> str:
        status = self.ask(both, sent)
        self.statuses[f"{sent.method} {status}"] += 1
        self.by_plan[sent.method] += is_fast()
        return status

    def ask(self, both: Twins, sent: Sent) -> str:
        """The status; what only reads is sent again, as a minute may have passed."""
        difference = None
        for _ in range(3 if sent.is_safe else 1):
            try:
                return both.send(sent).status[:3]
            except Difference as error:
                difference = error
        self.differences.append(str(difference))
        return DIFFERENT

    def verify(self, *, share: float) -> None:
        """No answer differs, and plans gave this share of the successes at least."""
        assert not self.differences, "\n\n".join(self.differences[:MOST])
        for group in (["GET 200"], ["POST 201", "PATCH 200", "PUT 200"]):
            successes = sum(self.statuses[key] for key in group)
            by_plan = sum(self.by_plan[key.split()[0]] for key in group)
            assert by_plan >= share * successes > 0, str(self)


def creation(world: EquivalenceWorld) -> Sent:
    headers = (*world.callers["key"], ("Content-Type", "application/json"))
    body = b'{"name": "Grace", "email": "grace@example.com"}'
    return Sent("POST", "/api/v1/customers", headers, body)


@pytest.mark.django_db(transaction=True)
def test_generated_requests_are_answered_alike(capsys):
    results, ordinary = Results(), Counting()
    front = front_controller(ordinary)
    while (number := results.statuses.total()) < REQUESTS:
        with in_process(StrictWSGIHandler(), front) as (world, both):
            size = min(EPOCH, REQUESTS - number)
            results.send(world, both, size, ordinary.was_idle)
    with capsys.disabled():
        print(f"\n{results}")
    results.verify(share=0.3)


@pytest.mark.django_db(transaction=True)
def test_generated_requests_over_a_socket_are_answered_alike():
    results = Results()
    with over_wire() as (world, both):
        results.send(world, both, OVER_WIRE, both.fast.has_plan)
        results.repeat(creation(world), both, both.fast.has_plan)
    results.verify(share=0.05)


@pytest.mark.django_db
def test_every_table_is_compared():
    tables = {model._meta.db_table for model in apps.get_models()}
    ours = {name for name in tables if name.startswith(("fluxrate_", "customers_"))}
    ours |= {name for name in tables if name.startswith("organizations_")}
    # Totals are compared as sums. The others speed something up, limit rates, are the
    # worker's, or are of the admin: rights of staff, actions on many rows, views.
    others = {
        "fluxrate_heartbeat",
        *("fluxrate_bulkaction", "fluxrate_bulkactionchunk", "organizations_savedview"),
        "organizations_user_staff_organizations",
        *("fluxrate_rowcount", "fluxrate_rowinterval", "fluxrate_tokenbucket"),
        *("organizations_user_groups", "organizations_user_user_permissions"),
    }
    assert ours - set(TABLES) == others
