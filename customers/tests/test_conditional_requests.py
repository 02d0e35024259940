"""A tag is a revision: nobody overwrites what they have not seen."""

import pytest

from customers.models import Customer
from organizations.models import Role

URL = "/api/v1/customers"
# As they reach Django: bytes above ASCII as Latin-1 (PEP 3333).
UNREADABLE = [
    "",
    " ",
    ",",
    "1",
    '"1',
    '1"',
    '"1"x',
    'x"1"',
    '"1" "2"',
    '"1""2"',
    '"1";"2"',
    'w/"1"',
    'W/ "1"',
    "W/1",
    '*, "1"',
    '"1", *',
    "**",
    "'1'",
    '"1\t"',
    '"\x7f"',
    '"1"\xa0',
    "\xe9\xff",
    '\xc3\xa9"1"',
]
CODED = [
    '"1"',
    'W/"1"',
    '"1-gzip"',
    '"1-br"',
    '"1-zstd"',
    '"1;gzip"',
    '"1--gzip"',
    'W/"1-gzip"',
    '"99", "\xfc" ,,W/"1-br",',
]


@pytest.fixture
def ada(acme_api):
    made = acme_api.post(URL, {"name": "Ada", "email": "a@b.co"})
    assert (made.status_code, made["ETag"]) == (201, '"1"')
    return made["Location"]


def test_what_is_unchanged_is_not_sent_again(acme_api, ada):
    tag = acme_api.get(ada)["ETag"]
    for known in (tag, f'"9", W/{tag}', "*"):
        same = acme_api.get(ada, headers={"If-None-Match": known})
        assert (same.status_code, same.content, same["ETag"]) == (304, b"", tag)
    acme_api.patch(ada, {"name": "Bea"})
    other = acme_api.get(ada, headers={"If-None-Match": tag})
    assert (other.status_code, other["ETag"]) == (200, '"2"')


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_stale_write_is_refused_with_the_current_tag(acme_api, ada, method):
    acme_api.patch(ada, {"name": "Bea"})
    write = getattr(acme_api, method)
    for stale in ('"1"', 'W/"1"', '"3"', '"02"', '"2x"', '"", "1"', '"99", "\xfc"'):
        answer = write(ada, {"name": "Cid"}, headers={"If-Match": stale})
        assert (answer.status_code, answer["ETag"]) == (412, '"2"'), stale
        assert answer.json()["code"] == "stale"
    assert acme_api.get(ada).json()["name"] == "Bea"
    answer = write(ada, {"name": "Cid"}, headers={"If-Match": '"1", "2"'})
    assert answer.status_code in {200, 204}


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
def test_a_guard_that_cannot_be_read_is_refused(acme_api, ada, method, header):
    body = {} if method == "get" else {"name": "Cid"}
    for guard in UNREADABLE:
        answer = getattr(acme_api, method)(ada, body, headers={header: guard})
        code = answer.json()["code"]
        assert (answer.status_code, code) == (400, "invalid_precondition"), guard
        assert header in answer.json()["detail"]
    assert acme_api.get(ada).json()["name"] == "Ada"


@pytest.mark.parametrize("form", CODED)
def test_a_tag_counts_however_a_proxy_codes_it(acme_api, ada, form):
    assert acme_api.get(ada, headers={"If-None-Match": form}).status_code == 304
    answer = acme_api.patch(ada, {"name": "Bea"}, headers={"If-Match": form})
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    answer = acme_api.patch(ada, {"name": "Cid"}, headers={"If-Match": form})
    assert (answer.status_code, answer["ETag"]) == (412, '"2"')


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_what_if_none_match_rules_out_is_not_changed(acme_api, ada, method):
    write = getattr(acme_api, method)
    for guard in ("*", '"1"', 'W/"1"', '"7", "1-gzip"'):
        answer = write(ada, {"name": "Cid"}, headers={"If-None-Match": guard})
        assert (answer.status_code, answer["ETag"]) == (412, '"1"'), guard
    assert acme_api.get(ada).json()["name"] == "Ada"
    answer = write(ada, {"name": "Cid"}, headers={"If-None-Match": '"7"'})
    assert answer.status_code in {200, 204}


def test_an_upsert_can_insist_on_creating(acme_api):
    url, body = f"{URL}/external/a", {"name": "Ada", "email": "a@b.co"}
    new = {"If-None-Match": "*"}
    assert acme_api.put(url, body, headers=new).status_code == 201
    answer = acme_api.put(url, {"name": "Eve"}, headers=new)
    assert (answer.status_code, answer["ETag"]) == (412, '"1"')
    assert acme_api.get(url).json()["name"] == "Ada"
    for absent in ("*", '"1"'):
        answer = acme_api.put(f"{url}b", body, headers={"If-Match": absent})
        assert (answer.status_code, "ETag" in answer) == (412, False)


def test_a_guard_that_names_nothing_here_lets_nothing_through(acme_api):
    for url, body in (
        (URL, {"name": "Ada", "email": "a@b.co"}),
        ("/api/v1/plans", {"name": "Pro"}),
        ("/api/v1/auth/login", {"email": "a@b.co", "password": "x"}),
    ):
        answer = acme_api.post(url, body, headers={"If-Match": '"1"'})
        assert (answer.status_code, answer.json()["code"]) == (412, "stale"), url
    assert acme_api.get(URL).json()["data"] == []


def test_an_action_has_the_guards_of_what_it_acts_on(acme_api, member):
    member(Role.ADMIN, "admin@acme.example")
    found = acme_api.get("/api/v1/members?email=admin@acme.example").json()["data"]
    url = f"/api/v1/members/{found[0]['id']}/transfer-ownership"
    assert acme_api.post(url, headers={"If-Match": '"9"'}).status_code == 412
    assert acme_api.post(url, headers={"If-Match": '"1"'}).status_code == 200


def test_a_stale_guard_may_be_sent_again_under_the_same_key(acme_api, pro, subscribe):
    customer = Customer.objects.create(
        organization=pro.organization, name="Ada", email="a@b.co"
    )
    url = f"/api/v1/subscriptions/{subscribe(customer).pk}/pause"
    stale = {"Idempotency-Key": "k-1", "If-Match": '"9"'}
    assert acme_api.post(url, headers=stale).status_code == 412
    fresh = {"Idempotency-Key": "k-1", "If-Match": '"1"'}
    first, again = (acme_api.post(url, headers=fresh) for _ in range(2))
    assert (first.status_code, "Idempotency-Replayed" in first) == (200, False)
    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "true")


def test_every_single_object_has_a_tag(acme_api, ada):
    plan = acme_api.post("/api/v1/plans", {"name": "Pro"})
    customer = ada.rpartition("/")[2]
    subscription = acme_api.post(
        "/api/v1/subscriptions",
        {"customer_id": customer, "plan_id": plan.json()["id"]},
    )
    addresses = [plan["Location"], subscription["Location"], "/api/v1/organization"]
    for address in addresses:
        answer = acme_api.get(address)
        assert answer["ETag"] == f'"{answer.json()["revision"]}"', address
        assert answer["ETag"] == '"1"'


def test_a_stale_change_of_the_organization_is_refused(acme_api):
    change = {"name": "Acme Ltd"}
    url = "/api/v1/organization"
    assert acme_api.patch(url, change, headers={"If-Match": '"7"'}).status_code == 412
    changed = acme_api.patch(url, change, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed["ETag"]) == (200, '"2"')


def test_a_created_object_has_a_tag_and_a_location(acme_api):
    body = {"name": "Importer", "scopes": ["customers.read"]}
    key = acme_api.post("/api/v1/api-keys", body)["Location"]
    rotated = acme_api.post(f"{key}/rotate")
    assert (rotated.status_code, rotated["ETag"]) == (201, '"1"')
    assert rotated["Location"] not in {key, ""}


def test_a_change_of_nothing_keeps_the_tag(acme_api, ada):
    before = acme_api.get(ada).json()
    for body in ({}, {"name": "Ada"}, before):
        answer = acme_api.put(ada, body)
        assert (answer.status_code, answer["ETag"]) == (200, '"1"')
        assert answer.json() == before


def test_a_star_in_if_match_matches_any_revision(acme_api, ada):
    answer = acme_api.patch(ada, {"name": "Bea"}, headers={"If-Match": "*"})
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')


def test_both_preconditions_must_hold(acme_api, ada):
    for match, none_match in (('"9"', '"7"'), ('"1"', '"1"')):
        headers = {"If-Match": match, "If-None-Match": none_match}
        answer = acme_api.patch(ada, {"name": "Bea"}, headers=headers)
        assert (answer.status_code, answer["ETag"]) == (412, '"1"')
    headers = {"If-Match": '"1"', "If-None-Match": '"7"'}
    answer = acme_api.patch(ada, {"name": "Bea"}, headers=headers)
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')


def test_the_detail_names_the_header_that_failed(acme_api, ada):
    body = {"name": "Bea", "email": "a@b.co"}
    for url, header, words in (
        (ada, {"If-Match": '"9"'}, "If-Match"),
        (ada, {"If-None-Match": "*"}, "If-None-Match"),
        (f"{URL}/external/none", {"If-Match": "*"}, "no object"),
    ):
        answer = acme_api.put(url, body, headers=header)
        assert answer.status_code == 412
        assert words in answer.json()["detail"]
