"""Row counts equal count(*) after any change, also of concurrent writers."""

import os
import random
import threading
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import (
    DatabaseError,
    IntegrityError,
    OperationalError,
    connection,
    connections,
    transaction,
)

from customers.demo_data.load import PLANS, fill
from customers.models import Customer, Plan, Subscription
from fluxrate.models import RowCount
from fluxrate.models.row_count import count_mismatches, counted_models
from organizations.models import Organization

URL = "/api/v1/customers"
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def agree():
    return [count_mismatches(model) for model in counted_models()] == [[], []]


class Undone(Exception):
    pass


class Writer:
    """Makes random changes to the customers of two organizations."""

    def __init__(self, plans, seed):
        self.plans, self.random = plans, random.Random(seed)

    def act(self):
        getattr(self, self.random.choice(ACTIONS))(self.random.choice(self.plans))

    def create(self, plan, count=1):
        return Customer.objects.bulk_create(
            Customer(organization_id=plan.organization_id, name="A", email="a@b.co")
            for _ in range(count)
        )

    def create_many(self, plan):
        self.create(plan, 7)

    def subscribe(self, plan):
        for customer in self.create(plan, 2):
            status = self.random.choice(["ACTIVE", "TRIAL"])
            Subscription.objects.create(
                organization_id=plan.organization_id,
                customer=customer,
                plan=plan,
                plan_name=plan.name,
                status=status,
                billing_interval="month",
                start_date=START,
                billing_anchor=START,
                trial_end_date=END if status == "TRIAL" else None,
                current_period_start=START,
                current_period_end=END,
            )

    def some(self, model, plan):
        rows = model.objects.filter(organization_id=plan.organization_id)
        ids = list(rows.order_by("?").values_list("pk", flat=True)[:3])
        return rows.filter(pk__in=ids)

    def change_status(self, plan):
        self.some(Customer, plan).update(status="INACTIVE")
        self.some(Customer, plan).update(status="ACTIVE", phone="1")

    def pause(self, plan):
        self.some(Subscription, plan).update(
            status="PAUSED", paused_at=START, canceled_at=None, ended_at=None
        )

    def cancel(self, plan):
        self.some(Subscription, plan).update(
            status="CANCELED", paused_at=None, canceled_at=END, ended_at=END
        )

    def rename(self, plan):
        self.some(Customer, plan).update(name="B")

    def delete(self, plan):
        self.some(Subscription, plan).delete()

    def cascade(self, plan):
        ids = [str(each.pk) for each in self.some(Customer, plan)]
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM customers_customer WHERE id = ANY(%s)", [ids])

    def move(self, plan):
        """A customer without subscriptions goes to the other organization."""
        other = self.plans[self.plans[0] == plan]
        rows = self.some(Customer, plan).filter(subscriptions=None)
        rows.update(organization_id=other.organization_id)

    def roll_back(self, plan):
        try:
            with transaction.atomic():
                self.subscribe(plan)
                self.cascade(plan)
                raise Undone
        except Undone:
            pass

    def savepoint(self, plan):
        with transaction.atomic():
            self.create(plan)
            self.roll_back(plan)
            self.change_status(plan)

    def copy(self, plan):
        with connection.cursor() as cursor:
            columns = "id, organization_id, name, email, status, metadata, updated_at"
            with cursor.copy(f"COPY customers_customer ({columns}) FROM STDIN") as copy:
                for _ in range(5):
                    key = Customer(organization_id=plan.organization_id).pk
                    row = (key, plan.organization_id, "C", "c@d.co", "INACTIVE")
                    copy.write_row((*row, "{}", START))


ACTIONS = [name for name in vars(Writer) if name not in {"act", "some", "__init__"}]
ACTIONS = [name for name in ACTIONS if not name.startswith("__")]


def run(writers, actions):
    """Let each of the writers act so often, all at the same time."""
    failed = []

    def work(writer):
        try:
            for _ in range(actions):
                try:
                    writer.act()
                except IntegrityError:
                    # Another has just deleted the customer; nothing was done.
                    continue
                except OperationalError as error:
                    # Others' rows in another order; what it did is undone.
                    if "deadlock detected" not in str(error):
                        raise
        except DatabaseError as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[writer]) for writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


@pytest.fixture
def plans(transactional_db):
    return [
        Plan.objects.create(
            organization=Organization.objects.create(name=name), name="Pro"
        )
        for name in ("Acme", "Globex")
    ]


def test_row_counts_are_exact_after_eight_concurrent_writers(plans):
    actions = int(os.environ.get("TOTAL_ACTIONS", "400"))
    run([Writer(plans, seed) for seed in range(8)], actions // 8)
    Writer(plans, 9).subscribe(plans[0])
    assert Customer.objects.exists()
    assert agree()
    for model in counted_models():
        slots = RowCount.objects.filter(model=model._meta.db_table).values("slot")
        assert slots.distinct().count() > 1


def test_every_action_updates_the_row_counts(plans):
    writer = Writer(plans, 1)
    for name in ACTIONS:
        for _ in range(3):
            getattr(writer, name)(plans[0])
            assert agree(), name


def test_row_counts_are_exact_inside_the_transaction(plans):
    organization = plans[0].organization
    with transaction.atomic():
        Writer(plans, 1).create(plans[0], 5)
        rows = Customer.objects.owned_by(organization)
        assert rows.count() == 5
        assert rows.filter(status="INACTIVE").count() == 0
        rows[0].delete()
        assert rows.filter(status="ACTIVE").count() == 4


def test_truncate_resets_the_row_counts(plans):
    Writer(plans, 1).subscribe(plans[0])
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_customer CASCADE")
    assert Customer.objects.count() == Subscription.objects.count() == 0
    assert agree()


def test_row_counts_agree_after_an_organization_is_deleted(plans):
    Writer(plans, 1).subscribe(plans[0])
    plans[0].organization.delete()
    assert agree()


def test_demo_data_without_history_is_counted(plans):
    organization = Organization.objects.create(name="Demo")
    fill({organization: 50}, history=False)
    assert Customer.objects.owned_by(organization).count() == 50
    assert Plan.objects.owned_by(organization).count() == len(PLANS)
    assert agree()


def test_wrong_row_counts_are_reported_and_repaired(plans, capsys):
    Writer(plans, 1).create(plans[0], 5)
    RowCount.objects.update(rows=17)
    with pytest.raises(CommandError, match="1 row counts are wrong"):
        call_command("verify_row_counts")
    call_command("verify_row_counts", repair=True)
    call_command("verify_row_counts")
    assert "All row counts agree." in capsys.readouterr().out
    assert Customer.objects.count() == 5


def test_a_list_reads_its_total_and_page_in_one_statement(
    acme, acme_api, django_assert_num_queries
):
    for number in range(3):
        acme_api.post(URL, {"name": f"N{number}", "email": "n@example.com"})
    with django_assert_num_queries(2):
        body = acme_api.get(f"{URL}?page_size=2").json()
    assert body["meta"]["total"] == 3
    assert len(body["data"]) == 2
    with django_assert_num_queries(2):
        body = acme_api.get(f"{URL}?status=INACTIVE").json()
    assert body["meta"]["total"] == 0


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ({}, 3),
        ({"status": "ACTIVE"}, 2),
        ({"status": "ACTIVE", "name": "N0"}, 1),
        ({"metadata[tier]": "1"}, 0),
        ({"search": "n0"}, 1),
        ({"search": "n0", "ordering": "name"}, 1),
    ],
)
def test_a_total_is_of_the_rows_that_the_filters_leave(acme_api, query, total):
    for number, status in enumerate(["ACTIVE", "ACTIVE", "INACTIVE"]):
        body = {"name": f"N{number}", "email": "n@example.com", "status": status}
        assert acme_api.post(URL, body).status_code == 201
    assert acme_api.get(URL, query).json()["meta"]["total"] == total


def test_the_total_of_a_customer_s_subscriptions_leaves_out_other_customers(acme_api):
    plan = acme_api.post("/api/v1/plans", {"name": "Pro"}).json()["id"]
    for number in range(2):
        body = {"name": f"N{number}", "email": "n@example.com"}
        customer = acme_api.post(URL, body).json()["id"]
        body = {"customer_id": customer, "plan_id": plan}
        assert acme_api.post("/api/v1/subscriptions", body).status_code == 201
    for query in ({}, {"status": "ACTIVE"}):
        body = acme_api.get(f"{URL}/{customer}/subscriptions", query).json()
        assert (body["meta"]["total"], len(body["data"])) == (1, 1)
