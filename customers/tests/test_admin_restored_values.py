"""A value of a timeline is filled into the form, which saves nothing by itself."""

import re
from html import unescape

import pytest
from django.test import Client

from customers.models import Customer
from fluxrate.models import Event
from fluxrate.tests.html_form import form_of
from organizations.models import User

CUSTOMERS = "/admin/customers/customer/"


@pytest.fixture
def ada(acme, acme_api):
    customer = Customer.objects.create(
        organization=acme.organization,
        name="Ada",
        email="ada@example.com",
        phone="+1 111",
        metadata={"tier": "gold", "crm": "a-1"},
    )
    changes = {"phone": "+1 222", "metadata": {"tier": "silver", "city": "Köln"}}
    answer = acme_api.patch(f"/api/v1/customers/{customer.pk}", changes)
    assert answer.status_code == 200
    return customer


def links(client, ada):
    """The addresses that restore a value, by the value's name."""
    page = client.get(f"{CUSTOMERS}{ada.pk}/").text
    found = re.findall(
        r'class="restore" href="([^"]+)" aria-label="Restore ([^:]+)', page
    )
    return {name: unescape(url) for url, name in found}


def test_each_earlier_value_has_a_link(staff, ada):
    assert links(staff, ada).keys() == {"phone", "metadata.tier", "metadata.city"}


def test_an_earlier_value_is_filled_in_and_saved_on_purpose(staff, ada):
    page = staff.get(links(staff, ada)["phone"])
    assert "Nothing is saved yet" in page.text
    form = form_of(page.text, "customer_form")
    assert form["phone"] == ["+1 111"]
    ada.refresh_from_db()
    assert ada.phone == "+1 222"
    staff.post(f"{CUSTOMERS}{ada.pk}/change/", form | {"reason": ["Mistake"]})
    ada.refresh_from_db()
    assert ada.phone == "+1 111"
    last = Event.objects.filter(object_id=ada.pk).latest("id")
    assert (last.changes.keys(), last.reason) == ({"phone"}, "Mistake")


@pytest.mark.parametrize(
    ("name", "metadata"),
    [
        ("metadata.tier", {"tier": "gold", "crm": "a-1", "city": "Köln"}),
        ("metadata.city", {"tier": "silver", "crm": "a-1"}),
    ],
)
def test_one_key_of_metadata_is_restored(staff, ada, name, metadata):
    form = form_of(staff.get(links(staff, ada)[name]).text, "customer_form")
    staff.post(f"{CUSTOMERS}{ada.pk}/change/", form)
    ada.refresh_from_db()
    assert ada.metadata == metadata


@pytest.mark.parametrize("query", ["restore=x", "restore=1&field=phone", "restore="])
def test_an_event_of_another_record_fills_in_nothing(staff, ada, query):
    page = staff.get(f"{CUSTOMERS}{ada.pk}/change/?{query}")
    assert form_of(page.text, "customer_form")["phone"] == ["+1 222"]


def test_only_who_may_edit_is_offered_the_link(ada, staff):
    user = User.objects.create_user("viewer@fluxrate.example", "x", is_staff=True)
    user.groups.add(*user.groups.model.objects.filter(name="Viewer"))
    client = Client()
    client.force_login(user)
    assert client.get(f"{CUSTOMERS}{ada.pk}/").status_code == 200
    assert links(client, ada) == {}
