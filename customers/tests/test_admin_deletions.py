"""The admin previews a deletion, offers an alternative, and restores."""

import re

import pytest
from django.urls import reverse

from customers.models import Customer, Subscription
from fluxrate.models import DeletionEvent, Event
from fluxrate.tests.admin_actions import run_action

LIST = reverse("admin:fluxrate_deletionevent_changelist")


@pytest.fixture
def ada(acme, subscribe):
    customer = Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@example.com"
    )
    for _ in range(2):
        subscribe(customer)
    return customer


def page_of(record):
    return reverse("admin:customers_customer_delete", args=[record.pk])


def token_on(page):
    return re.search('name="confirm" value="([^"]+)"', page)[1]


def test_the_page_of_a_deletion_shows_its_counts_and_an_alternative(staff, ada):
    page = staff.get(page_of(ada)).text
    assert "2 ACTIVE" in page
    assert "Its 1 event stays in the history." in page
    assert "until 20" in page
    assert "Mark inactive…" in page
    assert str(Subscription.objects.first().pk) not in page


def test_the_alternative_marks_the_customer_inactive(staff, ada):
    chosen = {"action": "mark_inactive", "_selected_action": ada.pk}
    confirmation = staff.post(reverse("admin:customers_customer_changelist"), chosen)
    staff.post(confirmation.url, {})
    ada.refresh_from_db()
    assert ada.status == Customer.Status.INACTIVE
    assert "Mark inactive…" not in staff.get(page_of(ada)).text


@pytest.mark.django_db(transaction=True)
def test_a_page_that_is_stale_deletes_nothing_and_shows_new_counts(
    staff, ada, subscribe
):
    data = {"post": "yes", "confirm": token_on(staff.get(page_of(ada)).text)}
    subscribe(ada)
    answer = staff.post(page_of(ada), data, follow=True)
    assert "has changed since" in answer.text
    assert "3 ACTIVE" in answer.text
    assert Customer.objects.filter(pk=ada.pk).exists()


def test_staff_restore_a_deletion(staff, ada):
    data = {"post": "yes", "confirm": token_on(staff.get(page_of(ada)).text)}
    deleted = staff.post(page_of(ada), data, follow=True)
    assert "can be restored under" in deleted.text
    listed = staff.get(LIST).text
    assert "Ada" in listed
    assert "Restorable" in listed
    record = DeletionEvent.objects.get(type="customer.deleted")
    page = staff.get(reverse("admin:fluxrate_deletionevent_change", args=[record.pk]))
    assert "1 customers, 2 subscriptions" in page.text
    assert "Restore…" in page.text
    run_action(staff, LIST, "restore", [record], external_id="keep", catch_up="on")
    assert Subscription.objects.filter(customer=ada).count() == 2
    restored = Event.objects.filter(type="customer.restored").get()
    assert restored.actor.startswith("staff:")
    assert "Restored" in staff.get(LIST).text
