"""The filters of the admin's lists: the API's, as chips that work without scripts."""

from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from organizations.models import Organization

LIST = "/admin/customers/customer/"
SUBSCRIPTIONS = "/admin/customers/subscription/"
QUERIES = (
    {"status": "INACTIVE"},
    {"status": "ACTIVE,INACTIVE"},
    {"billing_address_country": "de"},
    {"billing_address_city": "Berlin"},
    {"subscription_status": "ACTIVE"},
    {"subscription_status": ["CANCELED", "PAST_DUE"]},
    {"created_at__gte": "2020-01-01T00:00:00Z"},
    {"created_at__lt": "2020-01-01"},
    {"metadata[tier]": "gold"},
    {"missing": "phone"},
    {"missing": ["phone", "external_id"]},
    {"email": "ADA@example.com"},
    {"external_id": "a-1"},
    {"external_id__in": "a-1,g-1"},
    {"phone": "+49 30 1"},
    {"name": "Grace"},
    {"status": "ACTIVE", "metadata[tier]": "gold", "missing": "phone"},
)


@pytest.fixture
def people(acme, globex, subscribe):
    def save(name, **fields):
        fields = {"organization": acme.organization, "email": "x@example.com"} | fields
        return Customer.objects.create(name=name, **fields)

    ada = save(
        "Ada",
        email="ada@example.com",
        external_id="a-1",
        metadata={"tier": "gold"},
        billing_address_country="DE",
        billing_address_city="Berlin",
    )
    subscribe(ada)
    save("Grace", external_id="g-1", phone="+49 30 1", status="INACTIVE")
    save("Linus", billing_address_country="FI", metadata={"tier": "silver"})
    save("Globus", organization=globex.organization, billing_address_country="DE")
    return ada


def ids(answer):
    assert answer.status_code == 200, answer.headers
    return [str(row.pk) for row in answer.context["cl"].result_list]


def chips(answer):
    return {chip.name: chip for chip in answer.context["cl"].chips.active}


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_filter_finds_what_the_api_finds(acme, staff, people, query):
    listed = acme.api.get("/api/v1/customers", query).json()["data"]
    owner = {"organization": str(acme.organization.pk)}
    assert ids(staff.get(LIST, query | owner)) == [each["id"] for each in listed]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"metadata": "tier=gold"}, 1),
        ({"metadata": ["tier=gold", "a=b"]}, 0),
        ({"created_from": "2020-01-01"}, 4),
        ({"created_to": "2020-01-01"}, 0),
        ({"test": "true"}, 0),
        ({"test": "false"}, 4),
        ({"billing_address_country": "DE", "q": "globus"}, 1),
        ({"status__exact": "INACTIVE"}, 1),
    ],
    ids=str,
)
def test_a_filter_of_the_form_works_in_all_organizations(staff, people, query, count):
    assert len(ids(staff.get(LIST, query))) == count


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"status": "GONE"}, "“GONE” is not one of ACTIVE, INACTIVE."),
        ({"metadata": "tier"}, "key=value is needed."),
        ({"created_from": "2026-13-01"}, "Enter a valid date."),
        ({"created_to": "9999-12-31"}, "A time from 1900 to before 3000 is needed."),
        ({"missing": "hope"}, "“hope” is not one of"),
        ({"organization": "acme"}, "Enter a valid UUID."),
        ({"id__in": "x"}, "Enter a valid UUID."),
        ({"test": "maybe"}, "“maybe” is neither true nor false."),
    ],
    ids=str,
)
def test_an_invalid_value_stays_with_its_error_and_finds_nothing(
    staff, people, query, message
):
    answer = staff.get(LIST, query)
    assert ids(answer) == []
    assert message in unescape(answer.text)
    [[name, value]] = query.items()
    assert chips(answer)[name].text == value


def test_a_chip_names_its_filter_and_removes_it(acme, staff, people):
    owner = str(acme.organization.pk)
    query = {
        "organization": owner,
        "status": ["ACTIVE", "INACTIVE"],
        "q": "a",
        "o": "6",
    }
    answer = staff.get(LIST, query | {"email": "ada@example.com", "p": "1"})
    active = chips(answer)
    assert {name: chip.text for name, chip in active.items()} == {
        "organization": "Acme",
        "status": "Active, Inactive",
        "email": "ada@example.com",
    }
    assert active["status"].url == (
        f"?organization={owner}&q=a&o=6&email=ada%40example.com"
    )
    assert answer.context["cl"].chips.clear_url == "?q=a&o=6"
    text = unescape(answer.text)
    assert 'aria-label="Remove the filter Organization: Acme"' in text
    assert '<input type="hidden" name="email" value="ada@example.com">' in text
    assert '<input type="hidden" name="o" value="6">' in text
    assert 'value="INACTIVE" checked' in text


def test_a_chip_says_a_lookup_in_words(staff, people):
    query = {"created_at__gte": "2020-01-01", "status__exact": "ACTIVE"}
    labels = [chip.label for chip in chips(staff.get(LIST, query)).values()]
    assert labels == ["Created at from", "Status"]


def test_empty_fields_of_the_form_leave_the_address(staff, people):
    query = {"q": "", "status": "ACTIVE", "created_from": "", "metadata": ["", "a=b"]}
    answer = staff.get(LIST, query)
    assert answer["Location"] == f"{LIST}?status=ACTIVE&metadata=a%3Db"
    assert staff.get(LIST, {"all": ""}).status_code == 200


def test_without_scripts_an_organization_is_chosen_by_a_part_of_its_name(
    acme, globex, staff, people
):
    Organization.objects.bulk_create(
        Organization(name=f"Aaa {number:03}") for number in range(30)
    )
    sent = {"organization": "", "organization_name": "glob", "status": "ACTIVE"}
    answer = staff.get(LIST, sent)
    assert answer["Location"] == (
        f"{LIST}?status=ACTIVE&organization={globex.organization.pk}"
    )
    several = staff.get(LIST, sent | {"organization_name": "Aaa 00"}, follow=True).text
    assert several.count("status=ACTIVE&amp;organization=") >= 10
    none = staff.get(LIST, sent | {"organization_name": "zzz"}, follow=True).text
    assert "Nothing matches “zzz”." in none


def test_the_suggestions_reach_every_organization(staff):
    Organization.objects.bulk_create(
        Organization(name=f"Aaa {number:03}") for number in range(30)
    )
    Organization.objects.create(name="Zeta Works")
    for path in ("customers/customer", "customers/plan", "fluxrate/event"):
        assert "admin-autocomplete" in staff.get(f"/admin/{path}/").text
    query = {
        "app_label": "organizations",
        "model_name": "membership",
        "field_name": "organization",
        "term": "zet",
    }
    results = staff.get("/admin/autocomplete/", query).json()["results"]
    assert [each["text"] for each in results] == ["Zeta Works"]


def test_the_organization_is_a_column_until_one_is_chosen(acme, staff, people):
    whole = staff.get(LIST)
    assert "column-owner" in whole.text
    chosen = staff.get(LIST, {"organization": str(acme.organization.pk)})
    assert "column-owner" not in chosen.text
    assert len(ids(chosen)) == 3


def test_a_test_organization_has_a_badge(staff, people):
    at = "2026-01-01T00:00:00Z"
    tests = Organization.objects.create(name="Tests", is_test=True, clock_at=at)
    tess = Customer.objects.create(organization=tests, name="Tess", email="t@x.example")
    badge = '<span class="badge test">Test</span>'
    assert staff.get(LIST).text.count(badge) == 1
    assert staff.get(LIST, {"organization": str(tests.pk)}).text.count(badge) == 1
    assert staff.get(LIST, {"test": "false"}).text.count(badge) == 0
    assert badge in staff.get("/admin/search", {"q": "tes"}).text
    assert badge in staff.get("/admin/organizations/organization/").text
    assert badge in staff.get(f"{LIST}{tess.pk}/").text


def test_customers_are_sorted_by_name_within_an_organization_only(acme, staff, people):
    owner = {"organization": str(acme.organization.pk)}
    with CaptureQueriesContext(connection) as captured:
        whole = staff.get(LIST, {"o": "1"})
    assert not [each for each in captured if "customer_fold" in each["sql"]]
    assert 'href="?o=1"' not in whole.text
    rows = staff.get(LIST, owner | {"o": "1"}).context["cl"].result_list
    assert [row.name for row in rows] == ["Ada", "Grace", "Linus"]
    rows = staff.get(LIST, owner | {"o": "-1"}).context["cl"].result_list
    assert [row.name for row in rows] == ["Linus", "Grace", "Ada"]


def test_a_row_links_to_its_live_subscriptions(staff, people, subscribe):
    subscribe(people)
    text = unescape(staff.get(LIST).text)
    url = text.partition(f"?customer_id={people.pk}")[2].partition('"')[0]
    assert f'?customer_id={people.pk}{url}">2</a>' in text
    listed = staff.get(f"{SUBSCRIPTIONS}?customer_id={people.pk}{url}")
    assert len(ids(listed)) == 2
    plan = staff.get(SUBSCRIPTIONS, {"plan_id": str(subscribe(people).plan_id)})
    assert chips(plan)["plan_id"].label == "Plan"


def test_the_number_of_rows_stands_once(staff, people, monkeypatch):
    assert staff.get(LIST).text.count("4 customers") == 1
    monkeypatch.setattr("fluxrate.admin.changelist.MAX_COUNTED", 3)
    text = staff.get(LIST).text
    assert text.count("More than 3 customers") == 1
    assert "3 results" not in text


def test_a_list_costs_the_same_for_one_row_and_for_a_hundred(acme, staff, subscribe):
    """Session, user, views, organization, the count, the rows, live subscriptions."""
    owner = {"organization": str(acme.organization.pk), "status": "ACTIVE", "all": ""}
    for number, rows in ((0, 1), (1, 100)):
        for each in range(number, rows):
            subscribe(
                Customer.objects.create(
                    organization=acme.organization,
                    name=f"C {each}",
                    email="c@x.example",
                )
            )
        staff.get(LIST, owner)
        with CaptureQueriesContext(connection) as captured:
            answer = staff.get(LIST, owner)
        assert len(ids(answer)) == rows
        assert len(captured) == 7
