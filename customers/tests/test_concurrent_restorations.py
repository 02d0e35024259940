"""Restorations at once, killed, and of more than one request's work."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from customers.models import Customer, Subscription
from fluxrate.history.deletion import Deletion, deletion_events
from fluxrate.history.deletion_errors import NotRestorable
from fluxrate.models.row_count import count_mismatches

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def deletion(acme, subscribe):
    customer = Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@example.com"
    )
    for _ in range(3):
        subscribe(customer)
    customer.delete()
    return Deletion(deletion_events([Customer]).get(), Customer, restore_days=30)


def restore(deletion):
    try:
        with transaction.atomic():
            deletion.restore()
            time.sleep(0.2)
        return "restored"
    except NotRestorable as error:
        return error.more["reason"]
    finally:
        connection.close()


def test_of_restorations_at_once_one_wins(deletion):
    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(restore, [deletion] * 4))
    assert outcomes == ["already_restored"] * 3 + ["restored"]
    assert Subscription.objects.count() == 3
    assert [*count_mismatches(Customer), *count_mismatches(Subscription)] == []


def restore_and_wait(deletion, pipe):
    """In a child process: restore, report it, and never commit."""
    connection.connection = None
    with transaction.atomic():
        deletion.restore()
        os.write(pipe, b"restored")
        time.sleep(60)


def test_a_killed_restoration_leaves_nothing_half_done(deletion):
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            restore_and_wait(deletion, writer)
        finally:
            os._exit(1)
    assert os.read(reader, 8) == b"restored"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert not Customer.objects.exists()
    assert not Subscription.objects.exists()
    assert restore(deletion) == "restored"
    assert Subscription.objects.count() == 3
