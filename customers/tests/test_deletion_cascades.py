"""Whatever a deletion takes, a restoration can bring back."""

import pytest

from customers.admin.deletion import NOUNS
from customers.models import Customer, Plan, Subscription
from fluxrate.history.cascade import cascade, events_below, is_restorable
from fluxrate.history.deletion import Deletion, deletion_events
from fluxrate.models import Event, Recorded
from organizations.models import (
    ApiKey,
    Email,
    Membership,
    Organization,
    Role,
    Session,
    Ticket,
    User,
)

API = "/api/v1"
# Secrets are not in events: keys are issued again, members log in again, and an
# invitation is emailed again. A superuser limits staff to the organization again.
NOT_RESTORED = {
    ApiKey,
    Email,
    Session,
    Ticket,
    User.staff_organizations.through,
}


@pytest.mark.parametrize("noun", NOUNS)
def test_every_model_of_a_cascade_is_restorable_or_named_here(noun):
    lost = {model for model in cascade(noun) if not is_restorable(model)}
    assert lost == (NOT_RESTORED if noun is Organization else set())


@pytest.mark.parametrize("noun", NOUNS)
def test_every_recorded_row_of_a_cascade_names_the_deleted_object(db, noun):
    deletion = Event(pk=1, transaction=1, object_type="customer")
    recorded = {model for model in cascade(noun) if issubclass(model, Recorded)}
    assert set(events_below(deletion, noun)) == recorded


def test_parents_are_restored_first():
    order = cascade(Organization)
    for child, parent in ((Customer, Organization), (Subscription, Customer)):
        assert order.index(child) > order.index(parent)
    assert order.index(Subscription) > order.index(Plan)


@pytest.fixture
def full(acme, acme_api, subscribe, member):
    """Acme with a customer, a subscription, an admin and a key."""
    body = {"name": "Ada", "email": "ada@example.com"}
    ada = acme_api.post(f"{API}/customers", body).json()["id"]
    subscribe(Customer.objects.get(pk=ada))
    member(Role.ADMIN)
    acme_api.post(f"{API}/api-keys", {"name": "K", "scopes": ["customers.read"]})
    return acme.organization


def test_an_owner_closes_the_organization_with_a_token(full, acme_api):
    refused = acme_api.delete(f"{API}/organization")
    assert refused.status_code == 409
    assert refused.json()["code"] == "confirmation_required"
    preview = acme_api.post(f"{API}/organization/deletion-preview").json()
    totals = {noun: count["total"] for noun, count in preview["deletes"].items()}
    assert totals["customers"] == totals["subscriptions"] == totals["api_keys"] == 1
    assert totals["members"] == 2
    warnings = {warning["code"] for warning in preview["warnings"]}
    assert warnings == {"access_ends", "not_restored"}
    token = preview["confirm"]
    closed = acme_api.delete(f"{API}/organization", query_params={"confirm": token})
    assert closed.status_code == 204
    assert not Organization.objects.filter(pk=full.pk).exists()
    assert not Customer.objects.exists()
    assert acme_api.get(f"{API}/organization").status_code == 401


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER, Role.VIEWER])
def test_only_an_owner_closes_the_organization(full, member, role):
    client = member(role, "other@acme.example")
    for response in (
        client.post(f"{API}/organization/deletion-preview"),
        client.delete(f"{API}/organization"),
    ):
        assert response.status_code == 403
    assert Organization.objects.filter(pk=full.pk).exists()


def test_a_closed_organization_is_restored_but_for_its_secrets(full):
    before = {
        model: set(model.objects.filter(organization=full).values_list("pk", flat=True))
        for model in (Customer, Plan, Subscription, Membership)
    }
    pk = full.pk
    full.delete()
    event = deletion_events(NOUNS).get()
    Deletion(event, Organization, restore_days=30).restore()
    restored = Organization.objects.get(pk=pk)
    for model, ids in before.items():
        rows = model.objects.filter(organization=restored)
        assert set(rows.values_list("pk", flat=True)) == ids
    assert not ApiKey.objects.exists()
