"""A list parameter is repeated or holds commas; a plus and U+FFFD lose nothing."""

import re
from urllib.parse import quote
from uuid import uuid4

import pytest

URL = "/api/v1/customers"
IDS = ["acme", "Acme, Inc", 'Bolt 6" pipe', "e+x"]


@pytest.fixture
def found(acme_api):
    """The names that a query finds, among customers of four external ids."""
    for number, external_id in enumerate(IDS):
        body = {
            "name": external_id,
            "email": f"a+{number}@example.com",
            "external_id": external_id,
            "phone": f"+44 20 7946 095{number}",
            "billing_address_city": "K\ufffdln" if number else "Ko\u0308ln",
            "metadata": {"city": "K\u00f6ln" if number else "a:b", "a": "\ufffd"},
        }
        assert acme_api.post(URL, body).status_code == 201

    def names(query):
        answer = acme_api.generic("GET", URL, QUERY_STRING=query)
        assert answer.status_code == 200, (query, answer.content)
        return [each["name"] for each in answer.json()["data"]]

    return names


@pytest.fixture
def refused(acme_api):
    def error(query, url=URL):
        answer = acme_api.generic("GET", url, QUERY_STRING=query)
        assert answer.status_code == 400, (query, answer.content)
        (one,) = answer.json()["errors"]
        return one

    return error


def test_a_repeated_order_is_that_with_commas(found):
    with_commas = found("ordering=-email,name")
    assert found("ordering=-email&ordering=name") == with_commas
    assert with_commas == list(reversed(IDS))


@pytest.mark.parametrize(
    ("repeated", "with_commas"),
    [
        ("fields=name&fields=email", "fields=name,email"),
        ("fields=name,email&fields=phone", "fields=name,email,phone"),
        (
            "include=subscriptions&include=subscription_counts",
            "include=subscriptions,subscription_counts",
        ),
        (
            "missing=billing_address_line1&missing=billing_address_line2",
            "missing=billing_address_line1,billing_address_line2",
        ),
        ("external_id__in=acme&external_id__in=e%2Bx", "external_id__in=acme,e%2Bx"),
    ],
)
def test_repeated_is_the_same_as_commas(found, acme_api, repeated, with_commas):
    answers = [
        acme_api.generic("GET", URL, QUERY_STRING=query).json()["data"]
        for query in (repeated, with_commas)
    ]
    assert answers[0] == answers[1]
    assert answers[0]


def test_ids_are_repeated_too(found, acme_api):
    ids = [each["id"] for each in acme_api.get(URL).json()["data"]]
    for query in (f"id__in={ids[0]}&id__in={ids[1]}", f"id__in={ids[0]},{ids[1]}"):
        assert len(found(query)) == 2


@pytest.mark.parametrize(
    "query",
    [
        "external_id__in=%22Acme%2C%20Inc%22",
        "external_id__in=e%2Bx,%20%22Acme,%20Inc%22",
        "external_id__in=Acme,%20Inc&external_id__in=e%2Bx",
        "external_id__in=%22Acme,%20Inc%22&external_id__in=e%2Bx",
    ],
)
def test_a_comma_in_a_value_is_quoted_or_the_value_repeated(found, query):
    assert "Acme, Inc" in found(query)


def test_a_quote_within_a_value_is_a_letter(found):
    assert found("external_id__in=Bolt%206%22%20pipe") == ['Bolt 6" pipe']
    assert found("external_id__in=%22Bolt%206%22%22%20pipe%22") == ['Bolt 6" pipe']


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("external_id__in=%22Acme", "invalid", "ends with its quote"),
        ("external_id__in=%22a%22b", "invalid", "ends with its quote"),
        ("fields=%22name", "invalid", "ends with its quote"),
        ("ordering=name&ordering=-name", "invalid", "A name is repeated."),
        ("fields=name&fields=nmae", "invalid", "Did you mean “name”?"),
        ("external_id__in=a&external_id__in=", "empty", "A value is needed."),
        ("id__in=" + "&id__in=".join("a" * 101), "invalid", "At most 100"),
        ("name=a&name=b", "repeated_parameter", "takes one value"),
        ("metadata[a]=1&metadata[a]=2", "repeated_parameter", "takes one value"),
        ("metadata=a:1&metadata[a]=1", "invalid", "The key “a” is repeated."),
        ("metadata=smb", "invalid", "key:value is needed."),
        ("metadata=:smb", "invalid", "key:value is needed."),
        ("metadata[]=x", "unknown_parameter", "Did you mean “metadata[key]”?"),
        ("metdata[a]=x", "unknown_parameter", "Did you mean “metadata"),
        ("page=2&after=0193b0c4-7a1e-7c55-9f3c-5d1f0f6a1b2c", "invalid", "page"),
        ("limit=5", "unknown_parameter", "Did you mean “page_size”?"),
        ("per_page=5", "unknown_parameter", "Did you mean “page_size”?"),
        ("sort=name", "unknown_parameter", "Did you mean “ordering”?"),
        ("expand=subscriptions", "unknown_parameter", "Did you mean “include”?"),
        ("q=ada", "unknown_parameter", "Did you mean “search”?"),
        ("cursor=x", "unknown_parameter", "Did you mean “after”?"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(refused, query, code, words):
    error = refused(query)
    assert error["code"] == code
    assert words in error["message"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("metadata=city:K%C3%B6ln", 3),
        ("metadata=city:Ko%CC%88ln", 3),
        ("metadata[city]=Ko%CC%88ln", 3),
        ("metadata[city]=%20K%C3%B6ln", 3),
        ("metadata=city:a:b", 1),
        ("metadata=city:K%C3%B6ln&metadata=a:%EF%BF%BD", 3),
        ("metadata=city:K%C3%B6ln&metadata[a]=%EF%BF%BD", 3),
        ("metadata=city:K%C3%B6ln&metadata=a:x", 0),
        ("metadata=a:", 0),
    ],
)
def test_metadata_is_filtered_in_two_spellings_and_in_nfc(found, query, count):
    assert len(found(query)) == count


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("billing_address_city=K%EF%BF%BDln", 3),
        ("metadata[a]=%EF%BF%BD", 4),
        ("search=K%EF%BF%BDln", 0),
        ("name=M%EF%BF%BDller", 0),
    ],
)
def test_a_replacement_character_is_a_character(found, query, count):
    assert len(found(query)) == count


def test_a_customer_whose_name_was_damaged_is_found(acme_api):
    body = {"name": "M\ufffdller", "email": "m@example.com"}
    assert acme_api.post(URL, body).status_code == 201
    for name in ("name", "search"):
        (one,) = acme_api.get(URL, {name: "M\ufffdller"}).json()["data"]
        assert one["name"] == "M\ufffdller"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("name=%FF", "name"),
        ("name=ok&search=caf%E9", "search"),
        ("metadata[a]=%ED%A0%80", "metadata[a]"),
        ("name=%EF%BF%BD%FF", "name"),
        ("name=M\xfcller", "name"),
        ("%FF=1", "\ufffd"),
    ],
)
def test_bytes_that_are_no_utf_8_are_refused(refused, query, field):
    error = refused(query)
    assert (error["field"], error["message"]) == (field, "This is not UTF-8.")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("email=a+0@example.com", 1),
        ("email=A+0@EXAMPLE.COM", 1),
        ("email=a%2B0@example.com", 1),
        ("email=%20a%2B0@example.com", 1),
        ("phone=+44+20+7946+0950", 1),
        ("phone=+44%2020%207946%200950", 1),
        ("phone=%2B44%2020%207946%200950", 1),
        ("phone=44%2020%207946%200950", 0),
        ("external_id=e%2Bx", 1),
        ("external_id=e+x", 0),
    ],
)
def test_a_plus_that_has_become_a_space_is_read_where_that_is_sure(found, query, count):
    assert len(found(query)) == count


def test_an_address_that_begins_with_a_plus_is_found(acme_api):
    body = {"name": "Ada", "email": "+ada@example.com"}
    assert acme_api.post(URL, body).status_code == 201
    answer = acme_api.generic("GET", URL, QUERY_STRING="email=+ada@example.com")
    assert answer.json()["meta"]["total"] == 1


def test_members_and_invitations_are_found_by_an_address_with_a_plus(acme_api):
    body = {"email": "grace+fluxrate@acme.com", "role": "MEMBER"}
    assert acme_api.post("/api/v1/invitations", body).status_code == 201
    query = "email=grace+fluxrate@acme.com"
    for url, count in (("/api/v1/invitations", 1), ("/api/v1/members", 0)):
        answer = acme_api.generic("GET", url, QUERY_STRING=query)
        assert answer.json()["meta"]["total"] == count


@pytest.mark.parametrize("kind", ["customers", "plans", "subscriptions", "events"])
def test_the_first_page_beside_after_is_no_contradiction(acme_api, kind):
    nil = "00000000-0000-0000-0000-000000000000"
    answer = acme_api.get(f"/api/v1/{kind}?page=1&page_size=20&after={nil}")
    assert answer.status_code == 200
    assert answer.json()["meta"]["page"] is None


def walk(api, url):
    """Every name, by following `meta.next`, which is the Link header's."""
    names = []
    while url:
        answer = api.get(url)
        body = answer.json()
        names += [each["name"] for each in body["data"]]
        url = body["meta"]["next"]
        assert (f'<{url}>; rel="next"' in answer["Link"]) == (url is not None)
    return names


def test_the_next_page_leads_through_everything(found, acme_api):
    newest_first = list(reversed(IDS))
    assert walk(acme_api, f"{URL}?page_size=1") == newest_first
    assert walk(acme_api, f"{URL}?page_size=3") == newest_first
    last = "ffffffff-ffff-7fff-bfff-ffffffffffff"
    assert walk(acme_api, f"{URL}?page_size=3&page=1&after={last}") == newest_first
    query = f"page_size=1&ordering=email&ordering=name&metadata=city:{quote('Köln')}"
    assert walk(acme_api, f"{URL}?{query}") == IDS[1:]


def test_an_empty_list_has_no_next_page(acme_api):
    assert acme_api.get(URL).json()["meta"]["next"] is None


@pytest.mark.parametrize(
    ("others", "relations"),
    [
        (0, {"first", "prev", "next", "last"}),
        (16, {"prev", "next"}),
        (40, {"next"}),
        (96, set()),
    ],
)
@pytest.mark.usefixtures("found")
def test_the_links_fit_what_a_proxy_reads_of_headers(acme_api, others, relations):
    """`meta.next` is there in any case."""
    ids = [each["id"] for each in acme_api.get(URL).json()["data"]]
    ids += [str(uuid4()) for _ in range(others)]
    answer = acme_api.get(f"{URL}?page_size=1&page=2&id__in={','.join(ids)}")
    assert answer.json()["meta"]["next"].startswith("http")
    link = answer.headers.get("Link", "")
    assert set(re.findall(r'rel="(\w+)"', link)) == relations
    assert len(link) <= 2_000
