"""A page in the middle is reached by the counts of intervals, which are exact."""

import random
import threading
import time
import uuid
from contextlib import closing

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction

from customers.models import Customer
from customers.tests.test_row_counts import ACTIONS, Writer, plans, run
from fluxrate.api import pagination
from fluxrate.models import RowInterval, count_intervals, row_interval
from fluxrate.models.row_count import count_mismatches, counted_models
from fluxrate.models.row_interval import count_open_intervals

URL = "/api/v1/customers"
__all__ = ["plans"]


@pytest.fixture(autouse=True)
def _short_intervals(monkeypatch):
    monkeypatch.setattr(row_interval, "SIZE", 4)
    monkeypatch.setattr(pagination, "DEEP_PAGE", 2)


def old_id(number):
    """An id of an hour and more ago; a greater number makes a greater id."""
    at = int(time.time() * 1000) - 5_000_000 + number
    return uuid.UUID(int=at << 80 | 7 << 76 | 2 << 62 | random.getrandbits(62))


def save(organization, numbers):
    return Customer.objects.bulk_create(
        Customer(pk=old_id(n), organization=organization, name="A", email="a@b.co")
        for n in numbers
    )


def agree():
    return [count_mismatches(model) for model in counted_models()] == [[], []]


def ids(response):
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["data"]]


@pytest.mark.django_db(transaction=True)
def test_every_page_has_the_rows_that_counting_off_would_reach(
    acme, acme_api, django_assert_num_queries
):
    save(acme.organization, range(0, 300, 10))
    assert count_intervals(Customer) == 7
    save(acme.organization, [55, 56, 299])
    Customer.objects.create(organization=acme.organization, name="B", email="b@c.co")
    deleted = Customer.objects.order_by("id")[5:9].values_list("pk", flat=True)
    Customer.objects.filter(pk__in=list(deleted)).delete()
    expected = [str(pk) for pk in Customer.objects.values_list("pk", flat=True)]
    acme_api.get(URL)
    pages = []
    for page in range(1, 12):
        with django_assert_num_queries(2 if page == 1 else 3 if page < 11 else 2):
            response = acme_api.get(f"{URL}?page_size=3&page={page}")
        pages += ids(response)
        assert response.json()["meta"]["total"] == 30
    assert pages == expected
    pages = []
    for page in range(1, 11):
        url = f"{URL}?page_size=3&page={page}&ordering=created_at"
        pages += ids(acme_api.get(url))
    oldest_first = Customer.objects.order_by("created_at", "id")
    assert pages == [str(customer.pk) for customer in oldest_first]
    active = ids(acme_api.get(f"{URL}?page_size=3&page=5&status=ACTIVE"))
    assert active == expected[12:15]
    assert agree()


class OldWriter(Writer):
    """Makes the same changes, with new rows of any age."""

    def create(self, plan, count=1):
        ages = [self.random.randrange(1_000_000) for _ in range(count)]
        return save(plan.organization, ages)


def test_intervals_are_exact_after_any_change(plans):
    writer = OldWriter(plans, 1)
    for name in random.Random(3).choices(ACTIONS, k=60):
        getattr(writer, name)(plans[0])
        for model in counted_models():
            count_intervals(model)
        assert agree(), name
    assert RowInterval.objects.exclude(rows=4).exists()


def test_intervals_are_exact_after_concurrent_writers(plans):
    stop = threading.Event()

    def count():
        while not stop.is_set():
            for model in counted_models():
                count_intervals(model)
        connections.close_all()

    counter = threading.Thread(target=count)
    counter.start()
    run([OldWriter(plans, seed) for seed in range(4)], 25)
    stop.set()
    counter.join()
    assert agree()
    count_intervals(Customer)
    run([OldWriter(plans, seed) for seed in range(4, 8)], 5)
    assert RowInterval.objects.filter(is_counted=True).exclude(rows=4).exists()
    assert agree()


@pytest.mark.django_db(transaction=True)
def test_counting_does_not_wait_for_an_interval_that_changes(acme):
    save(acme.organization, range(0, 4000, 10))
    count_intervals(Customer)
    intervals = RowInterval.objects.count()
    RowInterval.objects.update(rows=0, is_counted=False)
    with closing(connection.copy()) as other, connection.cursor() as cursor:
        other.set_autocommit(False)
        with other.cursor() as writer:
            writer.execute("SELECT FROM fluxrate_rowinterval LIMIT 1 FOR UPDATE")
        assert count_open_intervals(cursor, Customer) == intervals - 1
    assert count_intervals(Customer) == 1
    assert agree()


@pytest.mark.django_db(transaction=True)
def test_old_rows_in_any_order_are_inserted_at_the_same_time(acme):
    """As by two restorations: neither waits for the other in a circle."""
    save(acme.organization, range(0, 4000, 10))
    count_intervals(Customer)
    numbers = list(range(1, 4000, 5))
    failed = []

    def insert(order):
        try:
            for _ in range(10):
                save(acme.organization, order)
        except DatabaseError as error:
            failed.append(error)
        finally:
            connections.close_all()

    orders = [numbers, numbers[::-1]]
    threads = [threading.Thread(target=insert, args=[order]) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert agree()


@pytest.mark.django_db(transaction=True)
def test_rows_of_a_transaction_that_began_before_are_waited_for(acme):
    save(acme.organization, range(20))
    old = Customer(
        pk=uuid.UUID(int=1), organization=acme.organization, name="A", email="a@b.co"
    )
    counted = []

    def count():
        counted.append(count_intervals(Customer))
        connections.close_all()

    counter = threading.Thread(target=count)
    with transaction.atomic():
        old.save(force_insert=True)
        counter.start()
        time.sleep(0.3)
        assert counted == []
    counter.join()
    assert counted == [4]
    assert agree()


@pytest.mark.django_db(transaction=True)
def test_intervals_of_a_count_that_gave_up_are_not_read(acme, acme_api, monkeypatch):
    made = save(acme.organization, range(20))
    monkeypatch.setattr(row_interval, "PATIENCE", 0)
    assert count_intervals(Customer) == 0
    assert ids(acme_api.get(f"{URL}?page_size=5&page=3")) == [
        str(row.pk) for row in reversed(made[5:10])
    ]
    monkeypatch.undo()
    assert count_intervals(Customer) == 4


@pytest.mark.django_db(transaction=True)
def test_a_wrong_interval_is_reported_and_repaired(acme):
    save(acme.organization, range(20))
    call_command("prune")
    RowInterval.objects.filter(model="customers_customer").update(rows=3)
    with pytest.raises(CommandError, match="4 row counts are wrong"):
        call_command("verify_row_counts")
    call_command("verify_row_counts", repair=True)
    call_command("verify_row_counts")
    intervals = RowInterval.objects.filter(model="customers_customer")
    assert [*intervals.values_list("rows", flat=True)] == [4, 4, 4, 4]
