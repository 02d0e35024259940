import pytest
from django.urls import reverse

from fluxrate.tests.admin_actions import run_action
from organizations.models import ApiKey

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
    assert staff.get(f"{LIST}add/").status_code == 403


def test_staff_revoke_a_key(staff, key, stranger):
    def read():
        address = "/api/v1/customers"
        return stranger.get(address, headers={"X-API-Key": key.secret}).status_code

    assert read() == 200
    run_action(staff, LIST, "revoke", [key], reason="leaked")
    assert read() == 401
