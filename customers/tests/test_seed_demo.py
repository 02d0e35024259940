import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from customers.models import Customer, Subscription
from customers.search.statement import Search
from customers.search.terms import Terms
from organizations.models import User


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


@pytest.mark.parametrize(
    "given",
    [["--email", "nobody"], ["--organization", " "], ["--customers", "0"]],
    ids=["no address", "no name", "no customers"],
)
def test_what_cannot_be_made_is_refused_before_anything_is(transactional_db, given):
    with pytest.raises(CommandError):
        call_command("seed_demo", *given)
    assert not User.objects.exists()


def test_a_large_demonstration_leaves_every_index_and_constraint_as_it_was(
    transactional_db, monkeypatch
):
    monkeypatch.setattr("customers.demo_data.load.MANY", 100)
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
