"""The statements of an owned row name its organization, as a table in parts needs."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, Plan, Subscription
from fluxrate.models.limits import limited_to

OWNER = '"organization_id" = '


@pytest.fixture
def subscription(acme, subscribe):
    ada = {"name": "Ada", "email": "ada@example.com"}
    return subscribe(Customer.objects.create(organization=acme.organization, **ada))


def statements(work):
    with CaptureQueriesContext(connection) as captured:
        work()
    return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]


def condition(sql):
    return sql.partition(" WHERE ")[2]


def test_the_name_of_a_row_ends_with_its_organization(acme, subscription):
    text = repr(subscription)
    assert text.endswith(f"{subscription.pk} of {acme.organization.pk}>")
    assert text.count(">") == 1


def test_migrations_see_the_foreign_key_of_django():
    field = Subscription._meta.get_field("customer")
    assert field.deconstruct()[1] == "django.db.models.ForeignKey"


def test_a_related_row_is_read_with_the_organization(acme, subscription):
    read = Subscription.objects.get(pk=subscription.pk)
    (sql,) = statements(lambda: read.customer)
    assert OWNER in condition(sql)
    assert read.customer.subscriptions.get() == read
    unsaved = Subscription(customer_id=subscription.customer_id)
    (sql,) = statements(lambda: unsaved.customer)
    assert OWNER not in condition(sql)
    assert unsaved.customer == read.customer


def test_a_related_row_of_another_organization_is_not_read(globex, subscription):
    stray = Subscription(
        customer_id=subscription.customer_id, organization=globex.organization
    )
    with pytest.raises(Customer.DoesNotExist):
        _ = stray.customer


def test_a_join_compares_the_organizations(subscription):
    rows = Subscription.objects.filter(customer__name=subscription.customer.name)
    (sql,) = statements(lambda: list(rows))
    assert sql.count('"organization_id"') == 3
    assert list(rows) == [subscription]
    others = Subscription.objects.exclude(customer__name="Nobody")
    assert list(others) == [subscription]


def test_a_row_is_read_again_with_the_organization(subscription):
    Subscription.objects.update(metadata={"crm": "1"})
    assert subscription.metadata == {}
    (sql,) = statements(subscription.refresh_from_db)
    assert OWNER in condition(sql)
    assert subscription.metadata == {"crm": "1"}


def test_the_history_is_read_with_the_organization(subscription):
    (sql,) = statements(lambda: list(subscription.history()))
    assert OWNER in condition(sql)
    assert subscription.history().count() == 1


def test_a_deletion_names_the_organization(subscription):
    customer = subscription.customer
    deletions = [
        sql
        for sql in statements(customer.delete)
        if sql.startswith(("DELETE", "UPDATE"))
    ]
    assert len(deletions) == 2
    assert all('"organization_id" IN (' in condition(sql) for sql in deletions)
    assert not Customer.objects.exists()
    assert not Subscription.objects.exists()
    assert customer.pk is None
    with pytest.raises(ValueError, match="can't be deleted because its"):
        customer.delete()


def test_rows_are_deleted_by_their_organizations(subscription):
    rows = Customer.objects.select_related("organization").order_by("name")
    select, *others = statements(rows.delete)
    assert not any(word in select for word in ("ORDER BY", "JOIN", "FOR UPDATE"))
    deletions = [sql for sql in others if sql.startswith("DELETE")]
    assert all('"organization_id" IN (' in condition(sql) for sql in deletions)
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    "rows",
    [
        Customer.objects.all()[:1],
        Customer.objects.distinct("name"),
        Customer.objects.values("name"),
    ],
    ids=["sliced", "distinct", "values"],
)
def test_a_part_of_rows_is_not_deleted(subscription, rows):
    with pytest.raises(TypeError):
        rows.delete()
    assert Customer.objects.exists()


def test_a_manager_deletes_nothing():
    assert not hasattr(Customer.objects, "delete")


def test_a_limit_is_one_condition(acme):
    with limited_to([acme.organization.pk]):
        rows = Customer.objects.filter(name="Ada").order_by("id")
    assert str(rows.query).count('"organization_id" IN') == 1


def test_a_change_names_the_organization_and_never_writes_it(acme, globex):
    plan = Plan.objects.create(organization=acme.organization, name="Pro")
    other = Plan.objects.create(organization=acme.organization, name="Basic")
    plan.name = "Business"
    (sql,) = statements(plan.save)
    assert OWNER in condition(sql)
    assert '"organization_id" =' not in sql.partition(" WHERE ")[0]
    assert [s[:6] for s in statements(lambda: saved(plan))] == ["SELECT"]
    plan.organization = globex.organization
    with pytest.raises(DatabaseError), transaction.atomic():
        saved(plan)
    plan.organization = acme.organization
    Plan.objects.filter(pk=plan.pk).delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        saved(plan)
    assert Plan.objects.get() == other


def saved(row):
    row.save(update_fields=["organization"])
