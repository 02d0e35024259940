"""An action on several records in the admin can be undone."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from conftest import PASSWORD
from customers.models import Customer
from fluxrate.models import Batch, Event
from organizations.models import User

LIST = "/admin/customers/customer/"


@pytest.fixture
def create(acme):
    def create(name, tenant=acme):
        return Customer.objects.create(
            organization=tenant.organization, name=name, email="a@b.co"
        )

    return create


def act(staff, action, *records):
    """Run an action of the list on the records; the page after it."""
    selected = {"action": action, "_selected_action": [row.pk for row in records]}
    confirmation = staff.post(LIST, selected)["Location"]
    return staff.post(confirmation, {"reason": "Clean up", "post": "yes"}, follow=True)


def undo_links(page):
    return re.findall(r'href="([^"]+/revert/)"', page.text)


def statuses():
    return sorted(Customer.objects.values_list("status", flat=True))


def test_an_action_on_several_records_is_undone_by_its_link(staff, acme, create):
    page = act(staff, "mark_inactive", create("Ada"), create("Bea"))
    assert statuses() == ["INACTIVE", "INACTIVE"]
    (undo,) = undo_links(page)
    batch = Batch.objects.get()
    assert (batch.kind, batch.counts) == (
        "admin.mark_inactive",
        {"customer.inactive": 2},
    )
    shown = staff.get(undo)
    assert "customer.active: 2" in shown.text
    assert statuses() == ["INACTIVE", "INACTIVE"], "the page changes nothing"
    done = staff.post(undo, {"reason": "Mistake"}, follow=True)
    assert done.redirect_chain[-1][0] == LIST
    assert "Changes taken back: 2." in done.text
    assert statuses() == ["ACTIVE", "ACTIVE"]
    reverted = Event.objects.get(type="batch.reverted")
    assert reverted.reason == "Mistake"
    again = staff.post(undo, {}, follow=True)
    assert "The batch was reverted already." in again.text


def test_a_deletion_of_several_records_is_undone_by_its_link(staff, create):
    rows = [create("Ada"), create("Bea")]
    (undo,) = undo_links(act(staff, "delete_selected", *rows))
    assert not Customer.objects.exists()
    staff.post(undo, {})
    assert {row.pk for row in Customer.objects.all()} == {row.pk for row in rows}


def test_each_organization_has_a_batch_of_its_own(staff, acme, globex, create):
    page = act(staff, "mark_inactive", create("Ada"), create("Bea", globex))
    links = undo_links(page)
    assert len(links) == 2
    assert len(acme.api.get("/api/v1/batches").json()["data"]) == 1
    (listed,) = globex.api.get("/api/v1/batches").json()["data"]
    globex.api.post(f"/api/v1/batches/{listed['id']}/revert")
    by_name = dict(Customer.objects.values_list("name", "status"))
    assert by_name == {"Ada": "INACTIVE", "Bea": "ACTIVE"}
    assert acme.api.get("/api/v1/batches").json()["data"][0]["state"] == "revertible"


def test_what_the_undo_leaves_is_shown(staff, create):
    ada, bea = create("Ada"), create("Bea")
    (undo,) = undo_links(act(staff, "mark_inactive", ada, bea))
    ada.set_status("ACTIVE")
    for page in (staff.get(undo), staff.post(undo, {}, follow=True)):
        assert f"{ada.pk} status: Somebody has changed this since." in page.text
    bea.refresh_from_db()
    assert bea.status == "ACTIVE"


def test_an_action_on_one_record_is_no_batch(staff, create):
    assert undo_links(act(staff, "mark_inactive", create("Ada"))) == []
    assert not Batch.objects.exists()


def test_an_undo_needs_the_permission_of_what_it_does(staff, create):
    (undo,) = undo_links(act(staff, "delete_selected", create("Ada"), create("Bea")))
    user = User.objects.create_user("clerk@fluxrate.example", PASSWORD, is_staff=True)
    client = Client()
    client.force_login(user)
    for name, status in (("change_customer", 403), ("add_customer", 302)):
        user.user_permissions.add(Permission.objects.get(codename=name))
        assert client.post(undo, {}).status_code == status
    assert Customer.objects.count() == 2
