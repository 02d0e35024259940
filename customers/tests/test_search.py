"""Search: what is found, in which order, and why."""

import pytest

from customers.models import Customer
from customers.search.statement import Search
from customers.search.terms import Terms

URL = "/api/v1/customers"


@pytest.fixture
def found(acme, acme_api):
    """Save customers of Acme, and return a function that searches for names."""

    def save(*customers):
        for each in customers:
            given = {"name": each} if isinstance(each, str) else each
            body = {"email": "nobody@nowhere.test"} | given
            assert acme_api.post(URL, body).status_code == 201, body

        def search(text, **more):
            answer = acme_api.get(URL, {"search": text} | more)
            assert answer.status_code == 200, answer.content
            return [each["name"] for each in answer.json()["data"]]

        return search

    return save


def test_an_exact_name_comes_before_a_beginning_a_word_and_letters(found):
    search = found("Joanna", "Mary Ann", "Annabel", "Ann Lee", "Ann", "Bert")
    assert search("ann") == ["Ann", "Ann Lee", "Annabel", "Mary Ann", "Joanna"]


def test_case_and_accents_do_not_matter(found):
    search = found("Jörg Müller", "ŁUKASZ Groß", "Παπαδόπουλος", "Иван Шевченко")
    assert search("MULLER jorg") == ["Jörg Müller"]
    assert search("łukasz") == search("lukasz") == search("gross") == ["ŁUKASZ Groß"]
    assert search("παπαδοπουλοσ") == ["Παπαδόπουλος"]
    assert search("шевченко иван") == ["Иван Шевченко"]


def test_terms_match_in_any_order_and_all_of_them(found):
    search = found("Anna Maria Schmidt", "Anna Weber")
    assert search("schmidt anna") == ["Anna Maria Schmidt"]
    assert search("anna schneider") == []


@pytest.mark.parametrize("typo", ["jonhson", "johson", "johnnson", "johnsen", "ohnson"])
def test_one_typo_is_forgiven(found, typo):
    assert found("Peter Johnson", "Peter Smith")(typo) == ["Peter Johnson"]


def test_a_typo_is_not_forgiven_in_short_words_or_numbers(found):
    search = found({"name": "Ann", "external_id": "12345"})
    assert search("anm") == search("12346") == []


def test_two_typos_are_too_many(found):
    assert found("Peter Johnson")("jnohsno") == []


def test_no_typo_is_forgiven_in_more_words_than_may_be_searched_for(found):
    search = found({"name": "A", "external_id": "ab.cd.ef.ghij.klmn.opqr"})
    assert search("ab.cd.ef.ghij.klmn.opqr") == ["A"]
    assert search("ab.cd.ef.ghij.klmn.oprq") == []


@pytest.mark.parametrize(
    "name",
    ["Foo\u2014Oxbridge", "\u00a1Oxbridge!", "\u00abOxbridge\u00bb", "A\u00b7Oxbridge"],
)
def test_any_sign_parts_words(found, name):
    search = found(name)
    assert search("ox") == search("oxbirdge") == [name]


def test_percent_underscore_and_backslash_are_letters(found):
    search = found(
        "100% Cotton", "100 Cotton", "snake_case", "snakeXcase", "back\\slash"
    )
    assert search("100%") == ["100% Cotton"]
    assert search("snake_case") == ["snake_case"]
    assert search("k\\s") == ["back\\slash"]
    assert search("%") == ["100% Cotton"]
    assert search("_") == ["snake_case"]


def test_one_and_two_letters_find_the_beginnings_of_words(found):
    search = found("Li Wei", "Julia", "Wei Li", "Lisa")
    assert search("li") == ["Li Wei", "Lisa", "Wei Li"]
    assert search("w") == ["Wei Li", "Li Wei"]
    assert search("山") == []


@pytest.mark.parametrize(
    "digits", ["5550100", "555 0100", "+1 (555) 0100", "0555.0100"]
)
def test_a_phone_is_found_by_its_digits(found, digits):
    search = found(
        {"name": "A", "phone": "+1-555-0100"}, {"name": "B", "phone": "+1-5"}
    )
    assert search(digits) == ["A"]


def test_an_email_an_external_id_and_an_id_are_found(found, acme_api):
    body = {"name": "Ada", "email": "ada@lovelace.test", "external_id": "CUST-7"}
    search = found(body, {"name": "Bob", "external_id": "CUST-77"})
    assert search("ada@lovelace.test") == search("lovelace") == ["Ada"]
    assert search("cust-7") == ["Ada", "Bob"]
    key = acme_api.get(URL, {"search": "ada"}).json()["data"][0]["id"]
    assert search(key) == ["Ada"]


def test_each_result_says_what_matched(acme_api):
    body = {
        "name": "Jörg Müller-Lüdenscheidt",
        "email": "jmueller@example.com",
        "phone": "+49 30 555-0100",
    }
    assert acme_api.post(URL, body).status_code == 201

    def matched(text):
        return acme_api.get(URL, {"search": text}).json()["data"][0]["matched_on"]

    assert matched("muller") == [{"field": "name", "text": "Müller"}]
    assert matched("jmue") == [{"field": "email", "text": "jmue"}]
    assert matched("305550100") == [{"field": "phone", "text": "30 555-0100"}]
    assert matched("muler") == [{"field": "name", "text": "Müller"}]
    assert (
        matched("muler")
        == acme_api.get(URL, {"search": "muler", "ordering": "name"}).json()["data"][0][
            "matched_on"
        ]
    )
    assert "matched_on" not in acme_api.get(URL).json()["data"][0]


def test_a_search_sees_what_was_written_just_before(found, acme_api):
    search = found("Ada Lovelace")
    assert search("lovelace") == ["Ada Lovelace"]
    key = acme_api.get(URL).json()["data"][0]["id"]
    acme_api.patch(f"{URL}/{key}", {"name": "Ada King"})
    assert search("king") == ["Ada King"]
    assert search("lovelace") == []


def test_another_organization_s_customers_are_never_found(found, globex_api):
    search = found("Ada")
    assert globex_api.get(URL, {"search": "ada"}).json()["data"] == []
    assert search("ada") == ["Ada"]


def test_filters_and_orders_narrow_and_order_a_search(found, acme_api):
    search = found(
        {"name": "Ann B", "phone": "1"}, {"name": "Ann A", "phone": "1"}, "Ann C"
    )
    assert search("ann", phone="1") == ["Ann A", "Ann B"]
    assert search("ann", ordering="-name") == ["Ann C", "Ann B", "Ann A"]
    assert search("ann", page_size=1, page=2) == ["Ann A"]
    assert search("ann", page=9) == []


@pytest.mark.parametrize(
    "text",
    ["\x00", " ", "\u0301", "\u0301 \u00a8", "a" * 256],
    ids=["NUL", "nothing", "an accent", "accents", "very long"],
)
def test_what_cannot_be_searched_for_is_refused(acme_api, text):
    answer = acme_api.get(URL, {"search": text})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "search"


def test_a_search_takes_one_statement_and_its_rows_another(
    found, acme_api, django_assert_num_queries
):
    found("Ann", "Anna", "Hanna")
    acme_api.get(URL)
    with django_assert_num_queries(3):
        meta = acme_api.get(URL, {"search": "ann"}).json()["meta"]
    assert (meta["total"], meta["total_pages"]) == (3, 1)
    assert "total_is_exact" not in meta
    # What is not found is looked for once more, a typo forgiven.
    with django_assert_num_queries(3):
        acme_api.get(URL, {"search": "nobodyhere"})
    with django_assert_num_queries(2):
        acme_api.get(URL, {"search": "12345"})


def test_few_of_the_newest_do_not_hide_what_is_older(acme, acme_api, monkeypatch):
    monkeypatch.setattr("customers.search.statement.NEWEST_ROWS", 20)
    monkeypatch.setattr("customers.search.statement.NEWEST_MATCHES", 18)

    def save(*names):
        Customer.objects.bulk_create(
            Customer(organization=acme.organization, name=each, email="a@b.test")
            for each in names
        )

    save("Zebra 1", "Zebra 2", *["Other"] * 10, *["Zebra"] * 17)
    body = acme_api.get(URL, {"search": "zebra", "page_size": 1}).json()
    assert (body["meta"]["total"], body["meta"]["total_pages"]) == (19, 19)
    assert "total_is_exact" not in body["meta"]
    save("Zebra")
    meta = acme_api.get(URL, {"search": "zebra"}).json()["meta"]
    assert (meta["total"], meta["total_is_exact"]) == (18, False)


@pytest.mark.parametrize("text", ["smith", "smtih"])
def test_a_total_that_is_cut_says_so_in_any_order(acme, acme_api, monkeypatch, text):
    monkeypatch.setattr("customers.search.statement.NEWEST_MATCHES", 20)
    monkeypatch.setattr("customers.search.statement.TYPO_MATCHES", 20)
    Customer.objects.bulk_create(
        Customer(organization=acme.organization, name="Smith", email="a@b.test")
        for _ in range(30)
    )
    for more in ({}, {"ordering": "name"}, {"ordering": "-created_at", "page": 2}):
        meta = acme_api.get(URL, {"search": text, "page_size": 5} | more).json()["meta"]
        assert meta["total_is_exact"] is False
        assert meta["total"] in (20, 30)


def test_often_matching_terms_find_exact_names_however_old(acme, acme_api):
    def row(number, name):
        return Customer(
            organization=acme.organization,
            name=name,
            email=f"smith{number}@example.com",
        )

    Customer.objects.bulk_create([row(0, "Smith")])
    Customer.objects.bulk_create([row(n, f"Smith {n}") for n in range(1200)])
    body = acme_api.get(URL, {"search": "smith"}).json()
    assert body["data"][0]["name"] == "Smith"
    assert body["meta"]["total_is_exact"] is False
    assert body["meta"]["total"] >= 1000


def test_nothing_is_found_where_nothing_can_be(db):
    search = Search(Customer.objects.none(), Terms("a"))
    assert search.slice(0, 10) == ([], 0, True)
    assert list(search.queryset()) == []
