"""The search box of the admin: whatever was pasted, of any kind, deleted ones, too."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.admin.find_customers import _deletions
from customers.models import Customer
from customers.search.terms import Terms
from fluxrate.models import Event
from organizations.models import ApiKey, Organization, User

SEARCH = "/admin/search"
LIST = "/admin/customers/customer/"


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization,
        name="Ada Lovelace",
        email="ada@example.com",
        external_id="cus-17",
        phone="+44 20 7946 0958",
    )


def search(client, text):
    return client.get(SEARCH, {"q": text})


def urls(answer):
    assert answer.status_code == 200, answer.headers
    return [match.url for group in answer.context["groups"] for match in group.matches]


@pytest.mark.parametrize(
    "dress",
    [
        "{0}",
        " {0} ",
        '"{0}"',
        "'{0}'",
        "{{{0}}}",
        '"id": "{0}",',
        "urn:uuid:{0}",
        "https://api.example.com/api/v1/customers/{0}",
        "https://api.example.com/api/v1/customers/{0}/events?page=2",
        "http://localhost/admin/customers/customer/{0}/change/",
        "/api/v1/customers/{0}",
    ],
)
def test_an_id_in_any_dress_opens_its_page(staff, ada, dress):
    for pk in (str(ada.pk), str(ada.pk).upper(), ada.pk.hex):
        if len(pk) < 36 and dress not in ("{0}", " {0} ", '"{0}"'):
            continue
        answer = search(staff, dress.format(pk))
        assert answer.status_code == 302, pk
        assert answer["Location"] == f"{LIST}{ada.pk}/"


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.com",
        "ADA@example.com",
        "Ada Lovelace <ada@example.com>",
        "mailto:ada@example.com",
        "cus-17",
        "/api/v1/customers/external/cus-17",
        "+44 20 7946 0958",
        "tel:+442079460958",
    ],
)
def test_the_only_exact_match_opens(staff, ada, text):
    answer = search(staff, text)
    assert answer.status_code == 302
    assert answer["Location"] == f"{LIST}{ada.pk}/"


@pytest.mark.parametrize(
    "text",
    [
        "0958",
        "020 7946 0958",
        "lovelace",
        "Lovelace, Ada",
        "lovel",
        "lovelcae",
        "\u00e0da",
        "example.com",
    ],
)
def test_a_customer_is_found_by_a_part(staff, ada, text):
    assert f"{LIST}{ada.pk}/" in urls(search(staff, text))


def test_an_exact_match_of_several_kinds_is_listed(staff, acme, ada, subscribe):
    subscribe(ada, external_id="cus-17")
    assert len(urls(search(staff, "cus-17"))) == 2


def test_the_id_of_a_request_opens_its_event(staff, acme_api):
    answer = acme_api.post("/api/v1/customers", {"name": "Bo", "email": "b@x.example"})
    event = Event.objects.get(type="customer.created")
    opened = search(staff, f'"{answer["X-Request-ID"]}"')
    assert opened["Location"] == f"/admin/fluxrate/event/{event.pk}/change/"


def test_matches_come_best_first_with_what_matched(staff, acme, ada):
    for name in ("Lovelace", "Anna Lovelacey"):
        Customer.objects.create(
            organization=acme.organization, name=name, email="x@example.com"
        )
    answer = search(staff, "lovelace")
    [group] = answer.context["groups"]
    names = [match.label for match in group.matches]
    assert names == ["Lovelace", "Ada Lovelace", "Anna Lovelacey"]
    assert "matched name <mark>Lovelace</mark>" in answer.text
    assert "Acme" in answer.text


def test_every_kind_is_found(staff, acme, ada, subscribe):
    one = subscribe(ada, external_id="sub-1")
    key = ApiKey.issue(
        organization=acme.organization, name="Import", scopes=["customers.read"]
    )
    event = Event.objects.order_by("-id").first()
    for text, path in (
        ("sub-1", f"/admin/customers/subscription/{one.pk}/change/"),
        ("pro", f"/admin/customers/plan/{one.plan_id}/change/"),
        ("acme", f"/admin/organizations/organization/{acme.organization.pk}/change/"),
        ("owner@acme", f"/admin/organizations/user/{acme.owner.pk}/change/"),
        (key.secret, f"/admin/organizations/apikey/{key.pk}/change/"),
        (str(event.pk), f"/admin/fluxrate/event/{event.pk}/change/"),
    ):
        answer = search(staff, text)
        opened = [answer["Location"]] if answer.status_code == 302 else urls(answer)
        assert path in opened, text
    Customer.objects.create(
        organization=acme.organization, name="Sub-1", email="x@example.com"
    )
    found = search(staff, "sub-1").text
    assert "matched external id <mark>sub-1</mark>" in found
    assert '<span class="badge active">Active</span>' in found
    for row in (one, one.plan, acme.organization, acme.owner, key):
        answer = search(staff, f"actor:{row.pk}")
        assert str(row.pk) in answer["Location"], row


def test_a_deleted_customer_is_found(staff, ada):
    pk = ada.pk
    ada.delete()
    history = f"{LIST}{pk}/history/"
    for text in ("lovelace", "ada@example.com", "cus-17", "Ada love"):
        assert urls(search(staff, text)) == [history], text
    assert search(staff, str(pk))["Location"] == history
    assert urls(search(staff, "ad")) == []


def test_deleted_customers_are_read_from_their_index(ada):
    ada.delete()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan=off")
    plan = _deletions(Terms("lovelace")).explain()
    assert "event_of_deleted_customer" in plan


@pytest.mark.parametrize("text", ["", "  ", "\0", "a\0b", "x" * 5_000, "%", "\u0301"])
def test_no_text_breaks_the_page(staff, ada, text):
    answer = search(staff, text)
    assert urls(answer) == []
    assert len(answer.content) < 40_000


def test_nothing_found_says_so(staff, ada):
    assert "Nothing matches “zzzzqq”" in search(staff, "zzzzqq").text
    unknown = "0193f000-0000-7000-8000-000000000000"
    assert "Nothing matches" in search(staff, unknown).text


def test_a_search_costs_the_same_for_one_match_and_for_many(staff, acme, ada):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert urls(search(staff, "lovelace"))
        return len(captured)

    search(staff, "lovelace")
    few = cost()
    for number in range(30):
        Organization.objects.create(name=f"Lovelace {number}")
        Customer.objects.create(
            organization=acme.organization, name="Lovelace", email="x@example.com"
        )
    assert cost() == few <= 12


def test_staff_find_only_what_they_may_view(client, ada, subscribe):
    one = subscribe(ada, external_id="cus-17")
    viewer = User.objects.create_user("viewer@fluxrate.example", is_staff=True)
    client.force_login(viewer)
    assert urls(search(client, "cus-17")) == []
    assert urls(search(client, str(ada.pk))) == []
    viewer.user_permissions.add(Permission.objects.get(codename="view_customer"))
    assert search(client, "cus-17")["Location"] == f"{LIST}{ada.pk}/"
    assert urls(search(client, str(one.pk))) == []
    assert urls(search(client, "acme")) == []


def test_only_staff_search(client, ada):
    assert "/admin/login/" in search(client, "ada")["Location"]


def test_the_box_is_on_every_page(staff, ada):
    for path in ("", "customers/customer/", f"customers/customer/{ada.pk}/change/"):
        assert f'action="{SEARCH}"' in staff.get(f"/admin/{path}").text
