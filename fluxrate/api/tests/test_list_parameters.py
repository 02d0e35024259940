"""List parameters, metadata filters, and the characters of a query."""

import re
from urllib.parse import quote
from uuid import uuid4

import pytest

URL = "/api/v1/customers"
IDS = ["acme", "Acme, Inc", 'Bolt 6" pipe', "e+x"]


@pytest.fixture
def names(acme_api):
    """The names of the customers that match a query, among four customers."""
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

    def matching(query):
        response = acme_api.generic("GET", URL, QUERY_STRING=query)
        assert response.status_code == 200, (query, response.content)
        return [customer["name"] for customer in response.json()["data"]]

    return matching


@pytest.fixture
def error(acme_api):
    def error_of(query, url=URL):
        response = acme_api.generic("GET", url, QUERY_STRING=query)
        assert response.status_code == 400, (query, response.content)
        (error,) = response.json()["errors"]
        return error

    return error_of


def test_repeated_ordering_equals_ordering_with_commas(names):
    with_commas = names("ordering=-email,name")
    assert names("ordering=-email&ordering=name") == with_commas
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
def test_a_repeated_list_parameter_equals_commas(
    names, acme_api, repeated, with_commas
):
    responses = [
        acme_api.generic("GET", URL, QUERY_STRING=query).json()["data"]
        for query in (repeated, with_commas)
    ]
    assert responses[0] == responses[1]
    assert responses[0]


def test_ids_may_be_repeated(names, acme_api):
    ids = [customer["id"] for customer in acme_api.get(URL).json()["data"]]
    for query in (f"id__in={ids[0]}&id__in={ids[1]}", f"id__in={ids[0]},{ids[1]}"):
        assert len(names(query)) == 2


@pytest.mark.parametrize(
    "query",
    [
        "external_id__in=%22Acme%2C%20Inc%22",
        "external_id__in=e%2Bx,%20%22Acme,%20Inc%22",
        "external_id__in=Acme,%20Inc&external_id__in=e%2Bx",
        "external_id__in=%22Acme,%20Inc%22&external_id__in=e%2Bx",
    ],
)
def test_a_comma_in_a_value_is_quoted_or_the_value_repeated(names, query):
    assert "Acme, Inc" in names(query)


def test_a_quote_within_a_value_is_literal(names):
    assert names("external_id__in=Bolt%206%22%20pipe") == ['Bolt 6" pipe']
    assert names("external_id__in=%22Bolt%206%22%22%20pipe%22") == ['Bolt 6" pipe']


@pytest.mark.parametrize(
    ("query", "code", "message"),
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
        ("starting_after=x", "unknown_parameter", "Did you mean “after”?"),
        ("offset=20", "unknown_parameter", "Did you mean “page”?"),
        ("size=5", "unknown_parameter", "Did you mean “page_size”?"),
        ("LIMIT=5", "unknown_parameter", "Did you mean “page_size”?"),
        ("order=name", "unknown_parameter", "Did you mean “ordering”?"),
        ("order_by=name", "unknown_parameter", "Did you mean “ordering”?"),
        ("sort_by=name", "unknown_parameter", "Did you mean “ordering”?"),
        ("query=ada", "unknown_parameter", "Did you mean “search”?"),
        ("select=name", "unknown_parameter", "Did you mean “fields”?"),
    ],
)
def test_an_ambiguous_query_is_400(error, query, code, message):
    body = error(query)
    assert body["code"] == code
    assert message in body["message"]


def test_a_parameter_of_other_lists_is_not_suggested(acme_api):
    body = acme_api.get("/api/v1/events?q=ada").json()
    assert body["errors"][0]["message"] == "Unknown parameter."


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
        ("metadata[a[b]=x", 0),
    ],
)
def test_metadata_filters_have_two_syntaxes_and_use_nfc(names, query, count):
    assert len(names(query)) == count


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("billing_address_city=K%EF%BF%BDln", 3),
        ("metadata[a]=%EF%BF%BD", 4),
        ("search=K%EF%BF%BDln", 0),
        ("name=M%EF%BF%BDller", 0),
    ],
)
def test_a_replacement_character_is_literal(names, query, count):
    assert len(names(query)) == count


def test_a_name_with_a_replacement_character_matches(acme_api):
    body = {"name": "M\ufffdller", "email": "m@example.com"}
    assert acme_api.post(URL, body).status_code == 201
    for name in ("name", "search"):
        (customer,) = acme_api.get(URL, {name: "M\ufffdller"}).json()["data"]
        assert customer["name"] == "M\ufffdller"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("name=%FF", "name"),
        ("name=ok&search=caf%E9", "search"),
        ("metadata[a]=%ED%A0%80", "metadata[a]"),
        ("name=%EF%BF%BD%FF", "name"),
        ("name=M\xfcller", "name"),
        ("name=a=%FF", "name"),
        ("%FF=1", "\ufffd"),
    ],
)
def test_bytes_that_are_not_utf_8_are_400(error, query, field):
    body = error(query)
    assert (body["field"], body["message"]) == (field, "This is not UTF-8.")


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
def test_a_plus_decoded_as_space_matches_emails_and_phones(names, query, count):
    assert len(names(query)) == count


def test_an_email_that_begins_with_a_plus_matches(acme_api):
    body = {"name": "Ada", "email": "+ada@example.com"}
    assert acme_api.post(URL, body).status_code == 201
    response = acme_api.generic("GET", URL, QUERY_STRING="email=+ada@example.com")
    assert response.json()["meta"]["total"] == 1


def test_members_and_invitations_match_an_email_with_a_plus(acme_api):
    body = {"email": "grace+fluxrate@acme.com", "role": "MEMBER"}
    assert acme_api.post("/api/v1/invitations", body).status_code == 201
    query = "email=grace+fluxrate@acme.com"
    for url, count in (("/api/v1/invitations", 1), ("/api/v1/members", 0)):
        response = acme_api.generic("GET", url, QUERY_STRING=query)
        assert response.json()["meta"]["total"] == count


@pytest.mark.parametrize("kind", ["customers", "plans", "subscriptions", "events"])
def test_page_1_is_accepted_with_after(acme_api, kind):
    nil = "00000000-0000-0000-0000-000000000000"
    response = acme_api.get(f"/api/v1/{kind}?page=1&page_size=20&after={nil}")
    assert response.status_code == 200
    assert response.json()["meta"]["page"] is None


def walk(api, url):
    """Every name, by following `meta.next`, which equals the Link header."""
    names = []
    while url:
        response = api.get(url)
        body = response.json()
        names += [customer["name"] for customer in body["data"]]
        url = body["meta"]["next"]
        assert (f'<{url}>; rel="next"' in response["Link"]) == (url is not None)
    return names


def test_following_meta_next_reads_every_row(names, acme_api):
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
@pytest.mark.usefixtures("names")
def test_the_link_header_is_bounded(acme_api, others, relations):
    """`meta.next` is always present."""
    ids = [customer["id"] for customer in acme_api.get(URL).json()["data"]]
    ids += [str(uuid4()) for _ in range(others)]
    response = acme_api.get(f"{URL}?page_size=1&page=2&id__in={','.join(ids)}")
    assert response.json()["meta"]["next"].startswith("http")
    link = response.headers.get("Link", "")
    assert set(re.findall(r'rel="(\w+)"', link)) == relations
    assert len(link) <= 2_000
