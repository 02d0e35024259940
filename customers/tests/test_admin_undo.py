"""An action on several records in the admin can be taken back."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from conftest import PASSWORD
from customers.models import Customer
from fluxrate.models import Batch, BulkAction, Event
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
    """Run an action of the list on the records; the address of its take-back."""
    selected = {"action": action, "_selected_action": [row.pk for row in records]}
    confirmation = staff.post(LIST, selected)["Location"]
    page = staff.post(confirmation, {"reason": "Clean up"}, follow=True)
    url = f"{page.redirect_chain[-1][0]}take-back/"
    assert f'href="{url}"' in page.text
    return url


def statuses():
    return sorted(Customer.objects.values_list("status", flat=True))


def test_an_action_on_several_records_is_taken_back(staff, create):
    url = act(staff, "mark_inactive", create("Ada"), create("Bea"))
    assert statuses() == ["INACTIVE", "INACTIVE"]
    batch = Batch.objects.get()
    assert (batch.kind, batch.counts) == (
        "admin.mark_inactive",
        {"customer.inactive": 2},
    )
    shown = staff.get(url)
    assert "changed <strong>2</strong>" in shown.text
    assert statuses() == ["INACTIVE", "INACTIVE"], "the page changes nothing"
    done = staff.post(url, {"reason": "Mistake"}, follow=True)
    assert "<strong>2</strong> taken back" in done.text
    assert statuses() == ["ACTIVE", "ACTIVE"]
    assert Event.objects.get(type="batch.reverted").reason == "Mistake"
    again = staff.post(url, {"reason": "Mistake"}, follow=True)
    assert again.redirect_chain == done.redirect_chain, "it is done once"
    assert BulkAction.objects.count() == 2


def test_a_deletion_of_several_records_is_taken_back(staff, create):
    rows = [create("Ada"), create("Bea")]
    url = act(staff, "delete_selected", *rows)
    assert not Customer.objects.exists()
    staff.post(url, {"reason": "Mistake"})
    assert {row.pk for row in Customer.objects.all()} == {row.pk for row in rows}


def test_each_organization_has_a_batch_of_its_own(staff, acme, globex, create):
    url = act(staff, "mark_inactive", create("Ada"), create("Bea", globex))
    assert len(acme.api.get("/api/v1/batches").json()["data"]) == 1
    (listed,) = globex.api.get("/api/v1/batches").json()["data"]
    globex.api.post(f"/api/v1/batches/{listed['id']}/revert")
    by_name = dict(Customer.objects.values_list("name", "status"))
    assert by_name == {"Ada": "INACTIVE", "Bea": "ACTIVE"}
    assert acme.api.get("/api/v1/batches").json()["data"][0]["state"] == "revertible"
    staff.post(url, {"reason": "Mistake"})
    assert statuses() == ["ACTIVE", "ACTIVE"]


def test_the_event_of_a_batch_leads_to_its_revert(staff, create):
    act(staff, "mark_inactive", create("Ada"), create("Bea"))
    batch = Batch.objects.get()
    undo = f"/admin/fluxrate/event/{batch.pk}/revert/"
    assert f"event/{batch.pk}/revert/" in staff.get("/admin/fluxrate/event/").text
    assert "customer.active: 2" in staff.get(undo).text
    staff.post(undo, {})
    assert statuses() == ["ACTIVE", "ACTIVE"]


def test_what_the_take_back_leaves_is_listed(staff, create):
    ada, bea = create("Ada"), create("Bea")
    url = act(staff, "mark_inactive", ada, bea)
    ada.set_status("ACTIVE")
    assert f"{ada.pk} status: Somebody has changed this since." in staff.get(url).text
    page = staff.post(url, {"reason": "Mistake"}, follow=True)
    assert "<strong>1</strong> taken back" in page.text
    assert f'<a href="{LIST}{ada.pk}/">Ada</a>' in page.text
    assert "status: Somebody has changed this since." in page.text
    bea.refresh_from_db()
    assert bea.status == "ACTIVE"


def test_an_action_on_one_record_is_no_batch(staff, create):
    selected = {"action": "mark_inactive", "_selected_action": create("Ada").pk}
    staff.post(staff.post(LIST, selected)["Location"], {})
    assert statuses() == ["INACTIVE"]
    assert not Batch.objects.exists()


def test_a_take_back_needs_the_permission_of_what_it_does(staff, create):
    act(staff, "delete_selected", create("Ada"), create("Bea"))
    undo = f"/admin/fluxrate/event/{Batch.objects.get().pk}/revert/"
    user = User.objects.create_user("clerk@fluxrate.example", PASSWORD, is_staff=True)
    client = Client()
    client.force_login(user)
    own = f"/admin/actions/{BulkAction.objects.get().pk}/"
    assert client.get(own).status_code == 403
    BulkAction.objects.update(user_id=user.pk)
    for name, status in (("change_customer", 403), ("add_customer", 302)):
        user.user_permissions.add(Permission.objects.get(codename=name))
        offered = "take-back" in client.get(own).text
        assert offered is (status == 302)
        assert client.post(undo, {}).status_code == status
    assert Customer.objects.count() == 2
