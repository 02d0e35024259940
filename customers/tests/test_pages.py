"""Pages by number and with `after`: what they hold, and where their links lead."""

import re
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from customers.models import Customer
from fluxrate.api import pagination

URL = "/api/v1/customers"
UPDATE_ORDER_ONLY = "Can be combined with ordering=updated_at or -updated_at only."


@pytest.fixture
def rows(acme):
    """The ids of so many customers of Acme, the newest first."""

    def make(count):
        made = Customer.objects.bulk_create(
            Customer(organization=acme.organization, name="Ada", email="a@b.co")
            for _ in range(count)
        )
        return [str(row.pk) for row in reversed(made)]

    return make


def links(response):
    """The page, or the id after which the page begins, by relation."""
    found = re.findall(r'<([^>]*)>; rel="(\w+)"', response["Link"])
    queries = {name: parse_qs(urlsplit(url).query) for url, name in found}
    return {
        name: query.get("after", query.get("page", [""]))[0]
        for name, query in queries.items()
    }


def ids(response):
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["data"]]


@pytest.mark.parametrize(
    ("page", "relations"),
    [
        (1, {"first": "1", "next": "2", "last": "3"}),
        (2, {"first": "1", "prev": "1", "next": "3", "last": "3"}),
        (3, {"first": "1", "prev": "2", "last": "3"}),
        (4, {"first": "1", "prev": "3", "last": "3"}),
        (9, {"first": "1", "prev": "3", "last": "3"}),
    ],
)
@pytest.mark.parametrize("query", ["", "&name=Ada"])
def test_each_page_leads_to_its_neighbours(acme_api, rows, page, relations, query):
    made = rows(5)
    response = acme_api.get(f"{URL}?page_size=2&page={page}{query}")
    assert ids(response) == made[2 * page - 2 : 2 * page]
    assert links(response) == relations
    meta = response.json()["meta"]
    assert ("next" in relations) == (meta.pop("next") is not None)
    assert meta == {"page": page, "page_size": 2, "total": 5, "total_pages": 3}


@pytest.mark.parametrize("query", ["", "?name=Ada"])
def test_an_empty_list_has_one_page(acme_api, query):
    response = acme_api.get(URL + query)
    assert links(response) == {"first": "1", "last": "1"}
    meta = response.json()["meta"]
    assert (meta["total"], meta["total_pages"], meta["next"]) == (0, 0, None)


@pytest.mark.parametrize(
    ("query", "statements"),
    [("", 2), ("?page=2", 3), ("?name=Ada", 2), ("?name=Bea&page=2", 2)],
)
def test_an_empty_page_costs_no_needless_statement(
    acme_api, django_assert_num_queries, query, statements
):
    """The first page of a list without rows has the total 0."""
    acme_api.get(URL)
    with django_assert_num_queries(statements):
        assert ids(acme_api.get(URL + query)) == []


def test_a_page_behind_the_last_row_is_not_read(
    acme_api, rows, django_assert_num_queries
):
    rows(2)
    acme_api.get(URL)
    with django_assert_num_queries(2):
        assert ids(acme_api.get(f"{URL}?name=Ada&page_size=2&page=2")) == []


@pytest.mark.parametrize(
    ("length", "relations"),
    [(250, {"first", "last"}), (1_900, {"first"})],
)
def test_a_link_header_leaves_relations_out_that_are_too_long(
    acme_api, length, relations
):
    response = acme_api.get(f"{URL}?external_id={'x' * length}")
    assert set(links(response)) == relations


def test_a_link_header_has_at_most_2000_characters():
    parts = len('<>; rel="next"')
    assert len(pagination._link({"next": "x" * (2_000 - parts)})["Link"]) == 2_000
    assert pagination._link({"next": "x" * (2_001 - parts)}) == {}


def test_a_very_long_url_has_no_links(acme_api):
    ids = ",".join(str(uuid4()) for _ in range(100))
    response = acme_api.get(f"{URL}?id__in={ids}")
    assert (response.status_code, "Link" in response.headers) == (200, False)


@pytest.mark.parametrize(("query", "size"), [("", 20), ("?page_size=100", 100)])
def test_a_page_has_20_rows_unless_the_query_asks_for_others(
    acme_api, rows, query, size
):
    made = rows(101)
    response = acme_api.get(URL + query)
    assert ids(response) == made[:size]
    assert response.json()["meta"]["page_size"] == size


@pytest.mark.parametrize("query", ["", "&name=Ada"])
def test_after_continues_behind_an_object(acme_api, rows, query):
    made = rows(5)
    response = acme_api.get(f"{URL}?page_size=2&after={made[0]}{query}")
    assert ids(response) == made[1:3]
    assert links(response) == {"first": "", "next": made[2]}
    meta = response.json()["meta"]
    assert f"after={made[2]}" in meta.pop("next")
    assert meta == {"page": None, "page_size": 2, "total": 5, "total_pages": 3}
    for last, left in ((made[3], made[4:]), (made[4], [])):
        response = acme_api.get(f"{URL}?page_size=2&after={last}{query}")
        assert ids(response) == left
        assert links(response) == {"first": ""}
        assert response.json()["meta"]["total"] == 5


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("page=2&after=", "Cannot be combined with page."),
        ("ordering=name&after=", UPDATE_ORDER_ONLY),
        ("ordering=name&ordering=updated_at&after=", UPDATE_ORDER_ONLY),
        ("search=ada&after=", "Cannot be combined with search."),
    ],
)
def test_after_is_not_combined(acme_api, rows, query, message):
    (made,) = rows(1)
    response = acme_api.get(f"{URL}?{query}{made}")
    (error,) = response.json()["errors"]
    assert response.status_code == 400
    assert (error["field"], error["message"]) == ("after", message)


def test_after_is_the_id_of_an_object(acme_api):
    (error,) = acme_api.get(f"{URL}?after=x").json()["errors"]
    assert (error["field"], error["message"]) == (
        "after",
        "The id of an object is needed.",
    )


@pytest.mark.parametrize("query", ["", "&name=Ada"])
def test_deep_pages_hold_the_same_rows(acme_api, rows, monkeypatch, query):
    made = rows(11)
    for deep in (2, 4, 1_000):
        monkeypatch.setattr(pagination, "DEEP_PAGE", deep)
        pages = [
            ids(acme_api.get(f"{URL}?page_size=2&page={page}{query}"))
            for page in range(1, 8)
        ]
        assert [row for page in pages for row in page] == made
        assert [len(page) for page in pages] == [2, 2, 2, 2, 2, 1, 0]


def test_behind_the_last_object_a_list_has_its_total(acme_api, rows):
    """Of the view: plans answer repeated requests only."""
    made = rows(2)
    meta = acme_api.get(f"{URL}?page_size=97&after={made[1]}").json()["meta"]
    assert (meta["total"], meta["next"]) == (2, None)
    meta = acme_api.get(f"{URL}?page_size=97&page=12&ordering=name").json()["meta"]
    assert (meta["total"], "total_is_exact" in meta) == (2, False)


@pytest.mark.parametrize(("query", "more"), [("", 0), ("&name=Ada", 1)])
def test_from_the_thousandth_row_on_a_page_costs_one_statement_more(
    acme_api, rows, django_assert_num_queries, query, more
):
    """A filtered list costs one more, for its total."""
    made = rows(1_102)
    acme_api.get(URL)
    for page, statements in ((10, 2 + more), (11, 3), (12, 3)):
        with django_assert_num_queries(statements):
            response = acme_api.get(f"{URL}?page_size=100&page={page}{query}")
        assert ids(response) == made[100 * page - 100 : 100 * page]


@pytest.mark.parametrize(
    ("page", "relations"),
    [
        (1, {"first": "1", "next": "2"}),
        (2, {"first": "1", "prev": "1", "next": "3"}),
        (3, {"first": "1", "prev": "2"}),
    ],
)
def test_beyond_what_is_counted_only_a_full_page_has_a_next_one(
    acme_api, rows, monkeypatch, page, relations
):
    monkeypatch.setattr(pagination, "MAX_COUNTED", 4)
    made = rows(5)
    response = acme_api.get(f"{URL}?name=Ada&page_size=2&page={page}")
    assert ids(response) == made[2 * page - 2 : 2 * page]
    assert links(response) == relations
    meta = response.json()["meta"]
    assert (meta["total"], meta["total_is_exact"]) == (4, False)
    monkeypatch.setattr(pagination, "MAX_COUNTED", 5)
    meta = acme_api.get(f"{URL}?name=Ada&page_size=2").json()["meta"]
    assert (meta["total"], "total_is_exact" in meta) == (5, False)


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("updated_at", ["Cid", "Eve", "Ada", "Bea", "Dan"]),
        ("-updated_at", ["Dan", "Bea", "Ada", "Eve", "Cid"]),
    ],
)
@pytest.mark.parametrize("query", ["", "&status=ACTIVE", "&email=a@b.co"])
@pytest.mark.parametrize("fields", ["", "&fields=name"])
def test_a_sync_follows_the_order_of_updates(
    acme_api, acme, ordering, expected, query, fields
):
    body = {"email": "a@b.co"}
    urls = [
        acme_api.post(URL, body | {"name": name})["Location"]
        for name in ("Ada", "Bea", "Cid", "Dan", "Eve")
    ]
    for number in (0, 1, 3):
        acme_api.patch(urls[number], {"phone": "1"})
    beginning = "1900-01-01T00:00:00Z" if ordering == "updated_at" else "2999-01-01"
    url = f"{URL}?page_size=2&ordering={ordering}&after={beginning}{query}{fields}"
    names = []
    while url:
        page = acme_api.get(url).json()
        assert (page["meta"]["page"], page["meta"]["total"]) == (None, 5)
        names += [row["name"] for row in page["data"]]
        url = page["meta"]["next"]
    assert names == expected


def test_rows_of_one_update_time_are_continued_by_id(acme_api, rows):
    made = sorted(rows(3))
    at = acme_api.get(f"{URL}/{made[0]}").json()["updated_at"]
    query = f"{URL}?ordering=updated_at&after={at}"
    assert ids(acme_api.get(query)) == made
    assert ids(acme_api.get(f"{query},{made[0]}")) == made[1:]
    assert ids(acme_api.get(f"{URL}?ordering=-updated_at&after={at},{made[1]}")) == [
        made[0]
    ]
    assert ids(acme_api.get(f"{query},{made[2]}")) == []
    downwards = acme_api.get(f"{URL}?ordering=-updated_at&page_size=3&after={at}")
    assert ids(downwards) == made[::-1]
    assert links(downwards)["next"].endswith(made[0])


@pytest.mark.parametrize("value", ["x", "2025-01-01,x", ",", "550e8400"])
def test_a_place_in_the_order_of_updates_is_a_time_and_an_id(acme_api, value):
    response = acme_api.get(f"{URL}?ordering=updated_at&after={value}")
    (error,) = response.json()["errors"]
    assert (error["field"], error["message"]) == ("after", pagination.POSITION_NEEDED)
