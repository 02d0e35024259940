import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from fluxrate.models import Event
from fluxrate.tests.admin_actions import run_action
from fluxrate.tests.html_form import form_of
from organizations.models import ApiKey, Scope, User

LIST = "/admin/organizations/apikey/"


@pytest.fixture
def key(acme):
    return ApiKey.issue(
        organization=acme.organization, name="Shop", scopes=["customers.read"]
    )


def test_staff_see_keys_but_never_a_secret(staff, key):
    page = reverse("admin:organizations_apikey_change", args=[key.pk])
    for address in (LIST, page, f"{LIST}?status=ACTIVE", f"{LIST}?q={key.secret}"):
        text = staff.get(address).text
        assert key.prefix in text
        if "?q=" not in address:
            assert key.secret not in text
    assert "key_hash" not in staff.get(page).text


def test_staff_revoke_a_key(staff, key, stranger):
    def read():
        address = "/api/v1/customers"
        return stranger.get(address, headers={"X-API-Key": key.secret}).status_code

    assert read() == 200
    run_action(staff, LIST, "revoke", [key], reason="leaked")
    assert read() == 401


def secrets_in(text):
    return re.findall(r"org_(?:live|test)_[\w-]{43}", text)


def new_key(client, organization, **values):
    form = form_of(client.get(f"{LIST}add/").text, "apikey_form")
    values = {"organization": organization.pk, "name": "Import", **values}
    return form | {"scopes": ["customers.read"], "reason": "Ticket 17"} | values


def reads(stranger, secret):
    answer = stranger.get("/api/v1/customers", headers={"X-API-Key": secret})
    return answer.status_code == 200


def test_a_new_key_is_shown_once(staff, acme, stranger):
    form = new_key(staff, acme.organization)
    page = staff.post(f"{LIST}add/", form)
    assert "no-store" in page["Cache-Control"]
    (secret,) = set(secrets_in(page.text))
    assert reads(stranger, secret)
    key = ApiKey.objects.get()
    again = staff.post(f"{LIST}add/", form, follow=True)
    change = reverse("admin:organizations_apikey_change", args=[key.pk])
    assert again.redirect_chain == [(change, 302)]
    history = reverse("admin:organizations_apikey_history", args=[key.pk])
    for text in (again.text, *(staff.get(url).text for url in (change, history, LIST))):
        assert not secrets_in(text)
    assert ApiKey.objects.count() == 1
    event = Event.objects.get(object_id=key.pk)
    assert (event.type, event.reason) == ("api_key.created", "Ticket 17")
    assert secret not in str(event.data)
    assert key.prefix in staff.get(history).text


def test_a_rejected_form_makes_no_key(staff, acme):
    form = new_key(staff, acme.organization, scopes=[], name="")
    errors = staff.post(f"{LIST}add/", form).context["adminform"].form.errors
    assert set(errors) == {"scopes", "name"}
    past = {"expires_at_0": "2020-01-01", "expires_at_1": "00:00"}
    form = new_key(staff, acme.organization, **past)
    errors = staff.post(f"{LIST}add/", form).context["adminform"].form.errors
    assert "future" in str(errors)
    assert not ApiKey.objects.exists()


def test_a_rotated_key_is_shown_once_and_the_old_one_overlaps(staff, key, stranger):
    page = run_action(staff, LIST, "rotate", [key], overlap="3600", reason="Yearly")
    (secret,) = set(secrets_in(page.text))
    assert reads(stranger, secret)
    assert reads(stranger, key.secret)
    key.refresh_from_db()
    assert key.expires_at is not None
    new = ApiKey.objects.get(replaces=key)
    assert (new.name, new.scopes) == (key.name, key.scopes)
    events = Event.objects.filter(object_id=new.pk)
    assert [event.reason for event in events] == ["Yearly"]


def test_a_key_is_rotated_without_an_overlap(staff, key, stranger):
    page = run_action(staff, LIST, "rotate", [key], overlap="0")
    assert len(set(secrets_in(page.text))) == 1
    assert not reads(stranger, key.secret)


def test_one_key_is_rotated_at_a_time(staff, key, acme):
    other = ApiKey.issue(
        organization=acme.organization, name="B", scopes=["events.read"]
    )
    page = run_action(staff, LIST, "rotate", [key, other], overlap="0", follow=True)
    assert "Rotate one key at a time" in page.text
    assert ApiKey.objects.count() == 2


@pytest.fixture
def clerk(db):
    """May make keys, and view and change customers, but not delete them."""
    user = User.objects.create_user("clerk@fluxrate.example", is_staff=True)
    names = ("add_apikey", "change_apikey", "view_apikey", "view_organization")
    customers = ("view_customer", "add_customer", "change_customer")
    rows = Permission.objects.filter(codename__in=[*names, *customers])
    user.user_permissions.set(rows)
    client = Client()
    client.force_login(user)
    return client


def test_staff_grant_the_scopes_of_what_they_may_do(clerk, acme):
    form = new_key(clerk, acme.organization)
    refused = clerk.post(f"{LIST}add/", form | {"scopes": ["customers.write"]})
    assert "scopes" in refused.context["adminform"].form.errors
    assert secrets_in(clerk.post(f"{LIST}add/", form).text)
    powerful = ApiKey.issue(
        organization=acme.organization, name="B", scopes=Scope.values
    )
    page = run_action(clerk, LIST, "rotate", [powerful], overlap="0", follow=True)
    assert "not customers.write" in page.text
    assert not secrets_in(page.text)
    assert ApiKey.objects.count() == 2
