"""The admin previews a deletion, offers an alternative, and restores."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from customers.models import Customer, Subscription
from customers.models.subscription_actions import BY_NAME
from fluxrate.models import DeletionEvent, Event
from fluxrate.tests.admin_actions import run_action
from fluxrate.tests.html_form import form_of
from organizations.models import User

LIST = reverse("admin:fluxrate_deletionevent_changelist")
CUSTOMERS = "/admin/customers/customer/"


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
    assert "2 Active" in page
    assert "Its 1 event stays in the history." in page
    assert "until 20" in page
    assert "Mark inactive instead" in page
    assert page.index("Mark inactive instead") < page.index("2 Active")
    for part in ("Ada", "ada@example.com", str(ada.pk)):
        assert f"<dd>{part}</dd>" in page or f">{part}</a></dd>" in page
    assert re.search(r"<dd><span>Acme <span [^>]*>Live<", page)
    assert str(Subscription.objects.first().pk) not in page


def test_the_alternative_marks_the_customer_inactive(staff, ada):
    """By one more click, with the reason that was typed."""
    form_data = {"instead": "mark_inactive", "reason": "Left us", "post": "yes"}
    done = staff.post(page_of(ada), form_data, follow=True)
    assert "1 customer marked inactive." in done.text
    ada.refresh_from_db()
    assert ada.status == Customer.Status.INACTIVE
    assert Event.objects.get(type="customer.inactive").reason == "Left us"
    assert "Mark inactive instead" not in staff.get(page_of(ada)).text


def test_live_subscriptions_ask_for_the_name(staff, ada):
    token = token_on(staff.get(page_of(ada)).text)
    data = {"post": "yes", "name": "Ada", "confirm": token, "reason": "Left us"}
    for name in ("", "ada", "Bea"):
        page = staff.post(page_of(ada), data | {"name": name}, follow=True)
        assert "Type the name as it is: Ada." in page.text
        form = form_of(page.text, None)
        assert (form["reason"], form["name"]) == (["Left us"], [name])
    page = staff.post(page_of(ada), data | {"name": " Ada "}, follow=True)
    assert f"{CUSTOMERS}{ada.pk}/history/" in page.text
    assert "Customer deleted" in staff.get(f"{CUSTOMERS}{ada.pk}/history/").text


def test_without_live_subscriptions_no_name_is_asked_for(staff, ada):
    now = {"at": datetime.now(UTC), "cancel_at_period_end": False}
    for subscription in Subscription.objects.all():
        subscription.perform(BY_NAME["cancel"], **now)
    page = staff.get(page_of(ada)).text
    assert 'name="name"' not in page
    staff.post(page_of(ada), {"post": "yes", "confirm": token_on(page)})
    assert not Customer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_page_that_is_stale_deletes_nothing_and_shows_new_counts(
    staff, ada, subscribe
):
    data = {
        "post": "yes",
        "name": "Ada",
        "confirm": token_on(staff.get(page_of(ada)).text),
    }
    subscribe(ada)
    answer = staff.post(page_of(ada), data, follow=True)
    assert "has changed since" in answer.text
    assert "3 Active" in answer.text
    assert Customer.objects.filter(pk=ada.pk).exists()


def test_staff_restore_a_deletion(staff, ada):
    data = {
        "post": "yes",
        "name": "Ada",
        "confirm": token_on(staff.get(page_of(ada)).text),
    }
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


def test_german_staff_see_and_confirm_the_same(staff, ada):
    """What the database calls a noun is not translated."""
    User.objects.update(language="de")
    page = staff.get(page_of(ada)).text
    assert "2 Aktiv" in page
    assert 'name="name"' in page
    staff.post(page_of(ada), {"post": "yes", "name": "Ada", "confirm": token_on(page)})
    assert not Customer.objects.exists()
    record = DeletionEvent.objects.get(type="customer.deleted")
    assert "Ada" in staff.get(LIST).text
    assert 'class="timeline"' in staff.get(f"{CUSTOMERS}{ada.pk}/history/").text
    run_action(staff, LIST, "restore", [record], external_id="keep", catch_up="on")
    assert Subscription.objects.filter(customer=ada).count() == 2
