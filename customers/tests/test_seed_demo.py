import re

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from customers.models import Customer, Subscription
from customers.search.statement import Search
from customers.search.terms import Terms
from organizations.models import User

MAKE_DEMO = ["seed_demo", "--customers=30", "--staff", "--keep-existing"]


def test_a_demonstration_is_plausible_and_always_the_same(transactional_db, capsys):
    for number in (1, 2):
        call_command(
            "seed_demo", customers=300, organization="Demo", email=f"{number}@demo.test"
        )
    assert "300 customers" in capsys.readouterr().out
    first, second = (
        list(
            Customer.objects.filter(organization=organization)
            .order_by("id")
            .values_list("name", "email", "phone", "metadata", "created_at")
        )
        for organization in Customer.objects.values_list("organization", flat=True)
        .distinct()
        .order_by()
    )
    assert first == second
    assert len(first) == 300
    for customer in Customer.objects.all():
        customer.full_clean()
    for subscription in Subscription.objects.select_related("customer", "plan"):
        subscription.full_clean()
        assert subscription.organization_id == subscription.customer.organization_id


def test_ids_follow_the_time_of_creation(transactional_db):
    call_command("seed_demo", customers=100)
    by_id = list(Customer.objects.order_by("id").values_list("created_at", flat=True))
    assert by_id == sorted(by_id)


def test_a_second_demonstration_needs_another_name(transactional_db):
    call_command("seed_demo", customers=1)
    with pytest.raises(CommandError, match="exists already"):
        call_command("seed_demo", customers=1)


def test_make_demo_creates_a_key_and_two_logins_once(
    transactional_db, capsys, stranger
):
    call_command(*MAKE_DEMO)
    output = capsys.readouterr().out
    (key,) = re.findall(r"API key  (org_live_\S+)$", output, re.MULTILINE)
    bearer = {"Authorization": f"Bearer {key}"}
    page = stranger.get("/api/v1/subscriptions", headers=bearer)
    assert page.json()["meta"]["total"] > 0
    logins = dict(re.findall(r"(\S+@\S+)  (\S+)$", output, re.MULTILINE))
    owner, staff = "demo@fluxrate.example", "staff@fluxrate.example"
    body = {"email": owner, "password": logins[owner]}
    response = stranger.post("/api/v1/auth/login", body)
    assert response.status_code == 200, response.content
    assert stranger.get("/api/v1/customers").json()["meta"]["total"] == 30
    form = {"username": staff, "password": logins[staff], "next": "/admin/"}
    assert Client().post("/admin/login/", form)["Location"] == "/admin/"
    assert Subscription.objects.exists()

    call_command(*MAKE_DEMO)
    output = capsys.readouterr().out
    assert "30 customers" in output
    assert "create_api_key" in output
    assert key not in output
    assert logins[owner] not in output
    assert logins[staff] not in output
    assert (Customer.objects.count(), User.objects.count()) == (30, 2)


@pytest.mark.parametrize(
    "arguments",
    [["--email", "nobody"], ["--organization", " "], ["--customers", "0"]],
    ids=["no address", "no name", "no customers"],
)
def test_bad_arguments_are_refused_before_anything_is_created(
    transactional_db, arguments
):
    with pytest.raises(CommandError):
        call_command("seed_demo", *arguments)
    assert not User.objects.exists()


def test_a_large_demonstration_leaves_every_index_and_constraint_as_it_was(
    transactional_db, monkeypatch
):
    monkeypatch.setattr("customers.demo_data.load.BULK_LOAD", 100)
    before = _definitions()
    call_command("seed_demo", customers=200, without_history=True)
    assert _definitions() == before
    search = Search(Customer.objects.all(), Terms("example"))
    assert search.queryset().count() == 200


def _definitions():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid IN "
            "('customers_customer'::regclass, 'customers_subscription'::regclass) "
            "UNION ALL SELECT conname || pg_get_constraintdef(oid) || convalidated "
            "FROM pg_constraint"
        )
        return sorted(cursor.fetchall())
