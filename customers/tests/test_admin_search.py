"""The search for customers in the admin."""

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer

LIST = "/admin/customers/customer/"


def save(tenant, *names):
    for name in names:
        Customer.objects.create(
            organization=tenant.organization, name=name, email="nobody@nowhere.test"
        )


def names(answer):
    assert answer.status_code == 200, answer.status_code
    return [customer.name for customer in answer.context["cl"].result_list]


def test_the_best_match_of_all_organizations_comes_first(acme, globex, staff):
    save(acme, "Martin", "Ann Martinez")
    save(globex, "Martin Pena", "San Martin", "Bert")
    found = staff.get(LIST, {"q": "martin"})
    assert "aria-sort" not in found.text
    assert "aria-sort" in staff.get(LIST).text
    listed = names(found)
    assert listed == ["Martin", "Martin Pena", "San Martin", "Ann Martinez"]
    by_age = names(staff.get(LIST, {"q": "martin", "o": "1"}))
    assert sorted(by_age) == sorted(listed)


def test_a_page_and_its_total_take_one_search(acme, staff):
    save(acme, *["Ada Lovelace"] * 60)
    with CaptureQueriesContext(connection) as captured:
        answer = staff.get(LIST, {"q": "lovelace", "p": 2})
    searches = [each for each in captured if "customer_search_" in each["sql"]]
    assert (len(names(answer)), len(searches)) == (10, 1)
    assert "60 customers" in answer.text
    assert staff.get(LIST, {"q": "lovelace", "p": 9}).status_code == 302
    assert len(names(staff.get(LIST, {"q": "lovelace", "all": ""}))) == 60


def test_one_search_covers_all_organizations(acme, globex, staff):
    save(acme, "Ada Lovelace")
    for text in ("lovelace", "lovelcae", "nobody@nowhere.test", "qqxzvv"):
        with CaptureQueriesContext(connection) as captured:
            staff.get(LIST, {"q": text})
        for each in captured:
            assert "FROM organizations_organization" not in each["sql"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lovelace", ["Ada Lovelace"]),
        ("lovelcae", ["Ada Lovelace"]),
        ("ada lovelcae", ["Ada Lovelace"]),
        ("dalovelace", []),
        ("velac", ["Ada Lovelace"]),
        ("jhon", ["John O'Hara"]),
        ("jon", []),
        ("john ohara", ["John O'Hara"]),
        ("\u682a\u5f0f", ["ABC\u682a\u5f0f\u4f1a\u793e"]),
        ("\u4f1a\u793e", ["ABC\u682a\u5f0f\u4f1a\u793e"]),
        ("wilsno", ["Wilson"]),
        ("wislon", ["Wilson"]),
        ("ilson", ["Wilson"]),
        ("wwilson", ["Wilson"]),
    ],
)
def test_words_are_found_in_all_organizations(acme, globex, staff, text, expected):
    save(acme, "Ada Lovelace", "ABC\u682a\u5f0f\u4f1a\u793e")
    save(globex, "John O'Hara", "Wilson")
    assert names(staff.get(LIST, {"q": text})) == expected


def test_addresses_ids_and_phones_are_found_in_all_organizations(globex, staff):
    ada = Customer.objects.create(
        organization=globex.organization,
        name="Ada",
        email="ada@lovelace.test",
        external_id="CUST-000572",
        phone="+44 (0)20 7946 0958",
    )
    for text in (
        "ADA@lovelace.test",
        "mailto:ada@lovelace.test",
        "Ada K. <ada@lovelace.test>",
        "lovelace.test",
        "cust-000572",
        "CUST-00057",
        "020 7946 0958",
        "+44 20 7946 0958",
        "0958",
        str(ada.pk).upper(),
        f"{{{ada.pk}}}",
        str(ada.pk)[:8],
    ):
        assert names(staff.get(LIST, {"q": text})) == ["Ada"], text


def test_a_nul_matches_nothing_and_the_page_says_why(acme, staff):
    save(acme, "Ada")
    answer = staff.get(LIST, {"q": "\0"})
    assert names(answer) == []
    assert "No record contains a NUL character" in answer.text


def test_a_very_long_text_makes_a_small_page(acme, staff):
    save(acme, "Ada")
    answer = staff.get(LIST, {"q": "ada " * 2_500})
    assert names(answer) == []
    assert len(answer.content) < 40_000
    assert "at most 1,000 characters" in answer.text


def test_a_subscription_is_searched_within_its_organization(acme, staff):
    address = "/admin/customers/subscription/"
    with CaptureQueriesContext(connection) as captured:
        parameters = {"organization": str(acme.organization.pk), "q": "ada"}
        assert staff.get(address, parameters).status_code == 200
    searches = [each["sql"] for each in captured if "customer_search" in each["sql"]]
    assert searches
    assert not [each for each in searches if "customer_search_everywhere" in each]


@pytest.fixture
def held_up(transactional_db):
    """Another session holds the table, and a statement times out after 300 ms."""
    parameters = connection.get_connection_params()
    keys = ("dbname", "user", "password", "host", "port")
    arguments = {key: parameters[key] for key in keys if parameters.get(key)}
    with psycopg.connect(**arguments) as other, connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '300ms'")
        yield lambda: other.execute("LOCK TABLE customers_customer")
        other.rollback()
        cursor.execute("RESET statement_timeout")


def test_a_search_that_takes_too_long_says_how_to_narrow_it(held_up, acme_api):
    held_up()
    answer = acme_api.get("/api/v1/customers", {"search": "ada"})
    assert (answer.status_code, answer.json()["code"]) == (503, "timeout")
    assert "Narrow a list" in answer.json()["detail"]
    assert answer["Retry-After"]


def test_a_search_in_the_admin_that_takes_too_long_offers_to_narrow(held_up, staff):
    held_up()
    for address in (LIST, "/admin/search"):
        answer = staff.get(address, {"q": "ada"})
        assert answer.status_code == 503
        assert "This took too long and was stopped." in answer.text
        assert 'value="ada"' in answer.text
    assert "Choose an organization" in staff.get(LIST, {"status": "ACTIVE"}).text
