"""Views of the admin's lists that staff have named."""

from html import unescape

import pytest
from django.contrib.auth.models import Permission

from customers.models import Customer
from organizations.models import SavedView, User
from organizations.models.saved_view import MAX_VIEWS

LIST = "/admin/customers/customer/"
VIEWS = f"{LIST}views/"


@pytest.fixture
def clerk(client):
    user = User.objects.create_user("clerk@fluxrate.example", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_customer"))
    client.force_login(user)
    return client


def save(client, name="Germans", query="status=ACTIVE&o=6&p=3", **fields):
    return client.post(VIEWS, {"name": name, "query": query} | fields, follow=True)


def views(client, **query):
    answer = client.get(LIST, query)
    assert answer.status_code == 200
    return [view.name for view in answer.context["saved_views"]]


def test_a_view_is_named_and_found_again(acme, staff):
    for status in ("ACTIVE", "INACTIVE"):
        Customer.objects.create(
            organization=acme.organization,
            name=status,
            email="x@example.com",
            status=status,
        )
    assert "Save this view" not in staff.get(LIST).text
    assert "Save this view" in staff.get(LIST, {"status": "ACTIVE"}).text
    answer = save(staff)
    assert "The view “Germans” is saved." in answer.text
    assert answer.redirect_chain[-1][0] == f"{LIST}?status=ACTIVE&o=6"
    text = unescape(staff.get(LIST).text)
    assert '<a href="?status=ACTIVE&o=6">Germans</a>' in text
    listed = staff.get(f"{LIST}?status=ACTIVE&o=6")
    assert 'aria-current="true">Germans</a>' in listed.text
    assert [row.name for row in listed.context["cl"].result_list] == ["ACTIVE"]
    assert "Germans" not in staff.get("/admin/customers/plan/").text


def test_a_view_is_private_unless_it_is_shared(staff, clerk):
    save(staff)
    assert views(clerk) == []
    save(staff, "Shared", is_shared="on")
    assert views(clerk) == ["Shared"]
    assert views(staff) == ["Germans", "Shared"]
    save(clerk, "Germans", "q=x")
    assert views(clerk) == ["Germans", "Shared"]


def test_only_the_owner_deletes_a_view(staff, clerk):
    save(staff, is_shared="on")
    address = f"{VIEWS}{SavedView.objects.get().pk}/delete/"
    assert address in staff.get(LIST, {"status": "ACTIVE", "o": "6"}).text
    assert address not in clerk.get(LIST, {"status": "ACTIVE", "o": "6"}).text
    clerk.post(address)
    staff.get(address)
    assert SavedView.objects.count() == 1
    assert "The view is deleted." in staff.post(address, follow=True).text
    assert not SavedView.objects.exists()


def test_saving_a_name_again_replaces_its_query(staff):
    save(staff)
    save(staff, query="status=INACTIVE")
    assert SavedView.objects.get().query == "status=INACTIVE"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": ""}, "Name: "),
        ({"name": "x" * 81}, "at most 80 characters"),
        ({"name": "a\nb"}, "Name: "),
        ({"query": ""}, "Query: This field is required."),
        ({"query": "q=" + "x" * 2_000}, "at most 2000 characters"),
    ],
    ids=str,
)
def test_a_view_that_cannot_be_stored_says_why(staff, fields, message):
    assert message in save(staff, **fields).text
    assert not SavedView.objects.exists()


def test_a_list_has_a_limited_number_of_views(staff):
    for number in range(MAX_VIEWS):
        save(staff, f"View {number}")
    assert f"at most {MAX_VIEWS} views" in save(staff, "One more").text
    assert SavedView.objects.count() == MAX_VIEWS


def test_limited_staff_see_no_view_of_others(acme, staff, clerk):
    save(staff, "Shared", is_shared="on")
    user = User.objects.get(email="clerk@fluxrate.example")
    User.objects.filter(pk=user.pk).update(is_limited=True)
    user.staff_organizations.set([acme.organization])
    save(clerk, "Mine")
    assert views(clerk) == ["Mine"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("organizations/user/", "is_staff=true"),
        ("organizations/membership/", "role=OWNER"),
        ("organizations/organization/", "is_test=false"),
        ("fluxrate/event/", "object_type=user"),
        ("fluxrate/deletionevent/", "object_type=customer"),
    ],
)
def test_every_list_has_views(staff, path, query):
    page = f"/admin/{path}"
    form_data = {"name": "Mine", "query": query}
    answer = staff.post(f"{page}views/", form_data, follow=True)
    assert "The view “Mine” is saved." in answer.text
    assert answer.redirect_chain[-1][0] == f"{page}?{query}"
    assert f'<a href="?{query}" aria-current="true">Mine</a>' in answer.text
