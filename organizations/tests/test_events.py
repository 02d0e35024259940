"""Every change leaves one event, by the API, the ORM, SQL or a cascade."""

import pytest
from django.apps import apps
from django.db import connection

from customers.models import Customer, Plan, Subscription
from fluxrate.context import context
from fluxrate.models import Event, Recorded, write_event
from fluxrate.postgres.attribution import atomic_as
from organizations.models import Membership, Organization, Role

URL = "/api/v1/customers"
NOW = "2026-01-31T00:00:00Z"


def events(**about):
    return list(Event.objects.filter(**about).order_by("id"))


def seen(event):
    return event.type, event.revision, event.actor, event.changes


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@acme.example"
    )


def test_a_change_by_the_api_says_who_in_which_request_and_why(acme, acme_api):
    ada = acme_api.post(URL, {"name": "Ada", "email": "a@b.co"}).json()
    response = acme_api.patch(
        f"{URL}/{ada['id']}",
        {"name": "Bea"},
        headers={"X-Change-Reason": "Married", "X-Request-ID": "r-7"},
    )
    assert response.json()["revision"] == 2
    created, updated = events(object_id=ada["id"])
    assert seen(created) == ("customer.created", 1, f"user:{acme.owner.pk}", {})
    assert seen(updated) == (
        "customer.updated",
        2,
        f"user:{acme.owner.pk}",
        {"name": ["Ada", "Bea"]},
    )
    assert (updated.request_id, updated.reason) == ("r-7", "Married")
    assert updated.data["name"] == "Bea"
    assert updated.organization_id == acme.organization.pk
    assert acme_api.delete(f"{URL}/{ada['id']}").status_code == 204
    deleted = events(object_id=ada["id"])[-1]
    assert seen(deleted) == ("customer.deleted", 3, f"user:{acme.owner.pk}", {})


def test_an_update_of_a_queryset_leaves_one_event_for_each_row(acme):
    names = ["Ada", "Bea", "Cid"]
    with atomic_as("shell:ada"):
        Customer.objects.bulk_create(
            Customer(organization=acme.organization, name=name, email="a@b.co")
            for name in names
        )
        Customer.objects.filter(name__in=names[:2]).update(phone="1")
    rows = events(object_type="customer")
    assert [event.type for event in rows] == [
        *["customer.created"] * 3,
        *["customer.updated"] * 2,
    ]
    assert {event.actor for event in rows} == {"shell:ada"}
    assert {event.data["name"] for event in rows[3:]} == {"Ada", "Bea"}


def test_raw_sql_leaves_an_event_with_the_actor_it_names(ada):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL fluxrate.actor = 'shell:psql'")
        cursor.execute("UPDATE customers_customer SET name = 'Bea', revision = 77")
    assert seen(events(object_id=ada.pk)[-1]) == (
        "customer.updated",
        2,
        "shell:psql",
        {"name": ["Ada", "Bea"]},
    )


def test_copy_leaves_an_event_for_each_row(acme):
    rows = "".join(
        f"0192a3b4-0000-7000-8000-00000000000{n}\t{acme.organization.pk}\tN{n}\t"
        "a@b.co\tACTIVE\t{}\t9\n"
        for n in range(3)
    )
    with atomic_as("command:import"), connection.cursor() as cursor:
        into = (
            "COPY customers_customer (id, organization_id, name, email, status, "
            "metadata, revision) FROM STDIN"
        )
        with cursor.copy(into) as copy:
            copy.write(rows)
    rows = events(object_type="customer")
    assert [seen(event)[:3] for event in rows] == [
        ("customer.created", 1, "command:import")
    ] * 3
    assert set(Customer.objects.values_list("revision", flat=True)) == {1}


def test_the_cascade_of_a_deletion_records_each_subscription(acme, ada):
    plan = Plan.objects.create(organization=acme.organization, name="Pro")
    for number in range(3):
        subscribe(ada, plan, number)
    with atomic_as("shell:psql"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_customer WHERE id = %s", [ada.pk])
    rows = events(object_type="subscription", type="subscription.deleted")
    assert {event.actor for event in rows} == {"shell:psql"}
    assert len(rows) == 3


def subscribe(customer, plan, number=0):
    return Subscription.objects.create(
        organization_id=customer.organization_id,
        customer=customer,
        plan=plan,
        plan_name=plan.name,
        external_id=f"s-{number}",
        billing_interval="month",
        start_date=NOW,
        billing_anchor=NOW,
        current_period_start=NOW,
        current_period_end="2026-02-28T00:00:00Z",
    )


def test_a_change_without_an_actor_is_unattributed(ada):
    Customer.objects.update(name="Bea")
    assert events(object_id=ada.pk)[-1].actor == "unattributed"


def test_a_change_of_status_is_named_for_the_new_one(acme, ada):
    plan = Plan.objects.create(organization=acme.organization, name="Pro")
    one = subscribe(ada, plan)
    Customer.objects.update(status="INACTIVE")
    Customer.objects.update(status="ACTIVE")
    Subscription.objects.update(status="CANCELED", canceled_at=NOW, ended_at=NOW)
    assert [event.type for event in events(object_id=ada.pk)[1:]] == [
        "customer.inactive",
        "customer.active",
    ]
    assert events(object_id=one.pk)[-1].type == "subscription.canceled"


def test_an_update_without_a_change_leaves_no_event(ada):
    before = Customer.objects.values().get()
    Customer.objects.update(name="Ada")
    Customer.objects.update(revision=5, updated_at=NOW)
    Customer.objects.get().save()
    assert Customer.objects.values().get() == before
    assert len(events(object_id=ada.pk)) == 1


def test_a_row_cannot_take_another_id(ada):
    with pytest.raises(Exception, match="cannot be changed"):
        Customer.objects.update(id="0192a3b4-0000-7000-8000-000000000000")


def test_a_new_organization_is_its_founders_doing(db, stranger):
    body = {
        "email": "ada@acme.example",
        "password": "correct-horse-battery",
        "organization_name": "Acme",
    }
    created = stranger.post("/api/v1/auth/signup", body).json()
    rows = events(organization_id=created["organization"]["id"])
    assert {event.actor for event in rows} == {f"user:{created['user']['id']}"}
    assert [event.type for event in rows] == ["organization.created", "member.created"]


def test_a_key_leaves_no_secret(acme_api):
    url = "/api/v1/api-keys"
    key = acme_api.post(url, {"name": "K", "scopes": ["customers.read"]}).json()
    acme_api.delete(f"{url}/{key['id']}")
    rows = events(object_id=key["id"])
    assert [event.type for event in rows] == ["api_key.created", "api_key.revoked"]
    assert "key_hash" not in rows[0].data
    assert "last_used_at" not in rows[0].data
    assert key["key"][20:] not in str([event.data for event in rows])


def test_members_and_organizations_are_recorded_too(acme):
    with context(actor="staff:s"):
        write_event("user.login", acme.organization, object_id=acme.owner.pk)
    Membership.objects.update(role=Role.ADMIN)
    Membership.objects.update(role=Role.OWNER)
    Organization.objects.update(name="Acme Ltd")
    types = [event.type for event in events(organization_id=acme.organization.pk)]
    assert types == [
        "organization.created",
        "member.created",
        "user.login",
        "member.updated",
        "member.updated",
        "organization.updated",
    ]
    assert events(type="user.login")[0].actor == "staff:s"


def test_a_bulk_change_after_a_single_one_is_not_quadratic(acme, ada):
    """The plan that PostgreSQL caches for one row must serve many."""
    Customer.objects.update(phone="1")
    Customer.objects.bulk_create(
        Customer(organization=acme.organization, name="N", email="a@b.co")
        for _ in range(2_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '5s'")
        cursor.execute("UPDATE customers_customer SET phone = '2'")
    assert Event.objects.filter(type="customer.updated").count() == 2_002


def test_what_an_organization_owns_is_recorded():
    """A new model is Recorded, or is named here with a reason."""
    exempt = {
        "Event",  # is the record itself
        "Session",  # comes and goes with each login
        "UserOrganization",  # recorded as a field of its user
    }
    owned = {
        model.__name__
        for model in apps.get_models()
        if any(field.name == "organization" for field in model._meta.concrete_fields)
        and not issubclass(model, Recorded)
    }
    assert owned <= exempt


@pytest.mark.parametrize(
    "model", [m for m in apps.get_models() if issubclass(m, Recorded)]
)
def test_every_recorded_model_has_its_triggers(db, model):
    with connection.cursor() as cursor:
        cursor.execute(
            r"SELECT regexp_replace(p.proname, '^pgtrigger_(\w+)_\w+$', '\1'), "
            "t.tgtype::int & 28, t.tgenabled FROM pg_trigger t "
            "JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE t.tgrelid = %s::regclass AND NOT t.tgisinternal",
            [model._meta.db_table],
        )
        triggers = set(cursor.fetchall())
    insert, delete, update = 4, 8, 16
    assert triggers >= {
        ("set_initial_revision", insert, "O"),
        ("bump_revision", update, "O"),
        ("record_changes", insert, "O"),
        ("record_changes", update, "O"),
        ("record_changes", delete, "O"),
    }
