"""Search: which customers match, in which order, and on which fields."""

import pytest

from customers.models import Customer
from customers.search.statement import Search
from customers.search.terms import Terms

URL = "/api/v1/customers"


@pytest.fixture
def search_among(acme, acme_api):
    """Save customers of Acme, and return a function that searches for names."""

    def save(*customers):
        for customer in customers:
            fields = {"name": customer} if isinstance(customer, str) else customer
            body = {"email": "nobody@nowhere.test"} | fields
            assert acme_api.post(URL, body).status_code == 201, body

        def search(text, **more):
            answer = acme_api.get(URL, {"search": text} | more)
            assert answer.status_code == 200, answer.content
            return [row["name"] for row in answer.json()["data"]]

        return search

    return save


def test_an_exact_name_ranks_before_prefixes_words_and_infixes(search_among):
    search = search_among("Joanna", "Mary Ann", "Annabel", "Ann Lee", "Ann", "Bert")
    assert search("ann") == ["Ann", "Ann Lee", "Annabel", "Mary Ann", "Joanna"]


def test_search_ignores_case_and_accents(search_among):
    search = search_among("Jörg Müller", "ŁUKASZ Groß", "Παπαδόπουλος", "Иван Шевченко")
    assert search("MULLER jorg") == ["Jörg Müller"]
    assert search("łukasz") == search("lukasz") == search("gross") == ["ŁUKASZ Groß"]
    assert search("παπαδοπουλοσ") == ["Παπαδόπουλος"]
    assert search("шевченко иван") == ["Иван Шевченко"]


def test_all_terms_must_match_in_any_order(search_among):
    search = search_among("Anna Maria Schmidt", "Anna Weber")
    assert search("schmidt anna") == ["Anna Maria Schmidt"]
    assert search("anna schneider") == []


@pytest.mark.parametrize("typo", ["jonhson", "johson", "johnnson", "johnsen", "ohnson"])
def test_one_typo_in_a_word_matches(search_among, typo):
    assert search_among("Peter Johnson", "Peter Smith")(typo) == ["Peter Johnson"]


def test_short_words_and_numbers_match_exactly(search_among):
    search = search_among({"name": "Ann", "external_id": "12345"})
    assert search("anm") == search("12346") == []


def test_two_typos_in_a_word_do_not_match(search_among):
    assert search_among("Peter Johnson")("jnohsno") == []


def test_more_words_than_the_maximum_match_without_typos(search_among):
    search = search_among({"name": "A", "external_id": "ab.cd.ef.ghij.klmn.opqr"})
    assert search("ab.cd.ef.ghij.klmn.opqr") == ["A"]
    assert search("ab.cd.ef.ghij.klmn.oprq") == []


@pytest.mark.parametrize(
    "name",
    ["Foo\u2014Oxbridge", "\u00a1Oxbridge!", "\u00abOxbridge\u00bb", "A\u00b7Oxbridge"],
)
def test_any_sign_separates_words(search_among, name):
    search = search_among(name)
    assert search("ox") == search("oxbirdge") == [name]


def test_percent_underscore_and_backslash_are_literal(search_among):
    search = search_among(
        "100% Cotton", "100 Cotton", "snake_case", "snakeXcase", "back\\slash"
    )
    assert search("100%") == ["100% Cotton"]
    assert search("snake_case") == ["snake_case"]
    assert search("k\\s") == ["back\\slash"]
    assert search("%") == ["100% Cotton"]
    assert search("_") == ["snake_case"]


def test_one_or_two_characters_match_the_beginnings_of_words(search_among):
    search = search_among("Li Wei", "Julia", "Wei Li", "Lisa")
    assert search("li") == ["Li Wei", "Lisa", "Wei Li"]
    assert search("w") == ["Wei Li", "Li Wei"]
    assert search("山") == []


@pytest.mark.parametrize(
    "digits", ["5550100", "555 0100", "+1 (555) 0100", "0555.0100"]
)
def test_a_phone_matches_by_its_digits(search_among, digits):
    search = search_among(
        {"name": "A", "phone": "+1-555-0100"}, {"name": "B", "phone": "+1-5"}
    )
    assert search(digits) == ["A"]


def test_an_email_an_external_id_and_an_id_match(search_among, acme_api):
    body = {"name": "Ada", "email": "ada@lovelace.test", "external_id": "CUST-7"}
    search = search_among(body, {"name": "Bob", "external_id": "CUST-77"})
    assert search("ada@lovelace.test") == search("lovelace") == ["Ada"]
    assert search("cust-7") == ["Ada", "Bob"]
    key = acme_api.get(URL, {"search": "ada"}).json()["data"][0]["id"]
    assert search(key) == ["Ada"]


def test_each_result_has_matched_on(acme_api):
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


def test_a_search_reads_earlier_writes(search_among, acme_api):
    search = search_among("Ada Lovelace")
    assert search("lovelace") == ["Ada Lovelace"]
    key = acme_api.get(URL).json()["data"][0]["id"]
    acme_api.patch(f"{URL}/{key}", {"name": "Ada King"})
    assert search("king") == ["Ada King"]
    assert search("lovelace") == []


def test_customers_of_another_organization_do_not_match(search_among, globex_api):
    search = search_among("Ada")
    assert globex_api.get(URL, {"search": "ada"}).json()["data"] == []
    assert search("ada") == ["Ada"]


def test_filters_and_ordering_apply_to_a_search(search_among, acme_api):
    search = search_among(
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
def test_a_text_without_terms_is_refused(acme_api, text):
    answer = acme_api.get(URL, {"search": text})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "search"


def test_a_search_takes_one_statement_and_its_rows_another(
    search_among, acme_api, django_assert_num_queries
):
    search_among("Ann", "Anna", "Hanna")
    acme_api.get(URL)
    with django_assert_num_queries(3):
        meta = acme_api.get(URL, {"search": "ann"}).json()["meta"]
    assert (meta["total"], meta["total_pages"]) == (3, 1)
    assert "total_is_exact" not in meta
    # Without a match, a second statement searches with a typo.
    with django_assert_num_queries(3):
        acme_api.get(URL, {"search": "nobodyhere"})
    with django_assert_num_queries(2):
        acme_api.get(URL, {"search": "12345"})


def test_few_new_matches_do_not_hide_older_ones(acme, acme_api, monkeypatch):
    monkeypatch.setattr("customers.search.statement.NEWEST_ROWS", 20)
    monkeypatch.setattr("customers.search.statement.NEWEST_MATCHES", 18)

    def save(*names):
        Customer.objects.bulk_create(
            Customer(organization=acme.organization, name=name, email="a@b.test")
            for name in names
        )

    save("Zebra 1", "Zebra 2", *["Other"] * 10, *["Zebra"] * 17)
    body = acme_api.get(URL, {"search": "zebra", "page_size": 1}).json()
    assert (body["meta"]["total"], body["meta"]["total_pages"]) == (19, 19)
    assert "total_is_exact" not in body["meta"]
    save("Zebra")
    meta = acme_api.get(URL, {"search": "zebra"}).json()["meta"]
    assert (meta["total"], meta["total_is_exact"]) == (18, False)


@pytest.mark.parametrize("text", ["smith", "smtih"])
def test_a_bounded_total_is_not_exact_in_any_order(acme, acme_api, monkeypatch, text):
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


def test_a_common_term_matches_exact_names_of_any_age(acme, acme_api):
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


def test_a_search_of_no_rows_is_empty(db):
    search = Search(Customer.objects.none(), Terms("a"))
    assert search.slice(0, 10) == ([], 0, True)
    assert list(search.queryset()) == []
