"""A stored response is erased with the person whose data it has."""

import uuid

import pytest
from django.db import connection

from customers.models import Customer, Plan
from fluxrate.models import StoredResponse
from organizations.models import Membership, Organization, Role, Session, Ticket, User

CUSTOMERS = "/api/v1/customers"
ADA = {"name": "Ada Lovelace", "email": "ada@example.com"}


def post(api, url, body, key="k-1"):
    response = api.post(url, body, headers={"Idempotency-Key": key})
    assert response.status_code < 300, response.content
    return response.json()


def stored():
    """The bodies of all stored responses."""
    return [bytes(row.body).decode() for row in StoredResponse.objects.all()]


def by_api(api, pk):
    assert api.delete(f"{CUSTOMERS}/{pk}").status_code == 204


def by_shell(api, pk):
    Customer.objects.get(pk=pk).delete()


def in_bulk(api, pk):
    Customer.objects.all().delete()


def by_sql(api, pk):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_customer WHERE id = %s", [pk])


def by_truncate(api, pk):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE customers_customer CASCADE")


@pytest.mark.parametrize("erase", [by_api, by_shell, in_bulk, by_sql, by_truncate])
def test_the_response_is_erased_with_its_customer(acme_api, erase):
    created = post(acme_api, CUSTOMERS, ADA)
    assert "Ada Lovelace" in stored()[0]
    erase(acme_api, created["id"])
    assert stored() == [""]
    assert StoredResponse.objects.get().headers == {}
    again = acme_api.post(CUSTOMERS, ADA, headers={"Idempotency-Key": "k-1"})
    assert (again.status_code, again.json()["code"]) == (409, "idempotency_key_erased")
    assert not Customer.objects.exists()
    other = ADA | {"name": "Grace"}
    reused = acme_api.post(CUSTOMERS, other, headers={"Idempotency-Key": "k-1"})
    assert reused.json()["code"] == "idempotency_key_reused"


def test_other_responses_are_not_erased(acme_api, globex_api):
    deleted = post(acme_api, CUSTOMERS, ADA)
    other = post(acme_api, CUSTOMERS, ADA | {"name": "Grace"}, "k-2")
    post(globex_api, CUSTOMERS, ADA)
    acme_api.delete(f"{CUSTOMERS}/{deleted['id']}")
    assert sorted(bool(body) for body in stored()) == [False, True, True]
    assert post(acme_api, CUSTOMERS, ADA | {"name": "Grace"}, "k-2") == other


def test_the_responses_of_a_customers_subscriptions_are_erased_too(acme_api):
    customer = post(acme_api, CUSTOMERS, ADA)["id"]
    plan = post(
        acme_api, "/api/v1/plans", {"name": "Pro", "billing_interval": "month"}, "k-2"
    )["id"]
    body = {"customer_id": customer, "plan_id": plan}
    created = post(acme_api, "/api/v1/subscriptions", body, "k-3")
    cancel = f"/api/v1/subscriptions/{created['id']}/cancel"
    post(acme_api, cancel, {"reason": "Ada Lovelace has moved"}, "k-4")
    acme_api.delete(f"{CUSTOMERS}/{customer}")
    (left,) = filter(None, stored())
    assert Plan.objects.get().name in left


def test_the_response_is_erased_with_its_invitation(acme_api, mailoutbox):
    body = {"email": "grace@example.com", "role": "VIEWER"}
    created = post(acme_api, "/api/v1/invitations", body)
    acme_api.delete(f"/api/v1/invitations/{created['id']}")
    assert stored() == [""]
    assert not Ticket.objects.exists()


def test_the_response_is_erased_with_its_member_and_user(acme, acme_api, member):
    member(Role.ADMIN, "grace@example.com")
    heir = Membership.objects.get(user__email="grace@example.com")
    url = f"/api/v1/members/{heir.pk}/transfer-ownership"
    post(acme_api, url, {})
    assert "grace@example.com" in stored()[0]
    Membership.objects.filter(user=acme.owner).update(role=Role.OWNER)
    User.objects.get(email="grace@example.com").delete()
    assert stored() == [""]
    assert not Session.objects.filter(user_id=heir.user_id).exists()


def test_all_responses_are_erased_with_their_organization(acme, acme_api, globex_api):
    post(acme_api, "/api/v1/plans", {"name": "Pro", "billing_interval": "month"})
    post(globex_api, CUSTOMERS, ADA)
    Organization.objects.get(pk=acme.organization.pk).delete()
    assert len(stored()) == 1


def test_an_external_id_that_looks_like_another_object_erases_nothing(acme_api):
    grace = post(acme_api, CUSTOMERS, ADA | {"name": "Grace"}, "k-2")
    named = ADA | {"external_id": grace["id"], "metadata": {"old_id": "x"}}
    post(acme_api, CUSTOMERS, named)
    acme_api.delete(f"{CUSTOMERS}/{grace['id']}")
    assert sorted(bool(body) for body in stored()) == [False, True]
    assert uuid.UUID(grace["id"]) in StoredResponse.objects.get(body=b"").mentions
