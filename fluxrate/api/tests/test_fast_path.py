"""Plans answer what the views have answered before, and nothing else."""

from itertools import permutations

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.signals import setting_changed
from django.utils import timezone

from conftest import with_key
from customers.models import Customer
from fluxrate.api import throttling
from fluxrate.api.fast_path import front, write_plan
from fluxrate.api.fast_path.create_plan import CreatePlan
from fluxrate.api.fast_path.object_plan import ObjectPlan
from fluxrate.api.fast_path.write_plan import WritePlan
from fluxrate.models import Event
from fluxrate.postgres.responsiveness import responsiveness
from fluxrate.tests.waiting import wait_for
from organizations.models import ApiKey, Membership, Role, Session

pytestmark = pytest.mark.django_db
URL = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}


def planned(response):
    return getattr(response, "by_plan", False)


def until_planned(call, *arguments, **options):
    """The first answer of a plan, after those of the views."""
    for _ in range(5):
        response = call(*arguments, **options)
        assert response.status_code < 300, response.content
        if planned(response):
            return response
    raise AssertionError("no plan")


@pytest.fixture
def without_plans():
    """Drop the plans of this process after a test that makes one fail."""
    yield
    setting_changed.send(sender=None, setting="FAST_PATH", value=True, enter=False)


@pytest.fixture
def ada(acme_api):
    return until_planned(acme_api.post, URL, ADA).headers["Location"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?status=ACTIVE&page_size=1",
        "?page_size=1&page=2",
        "?ordering=-name,email&fields=name,revision",
        "?billing_address_city=Paris",
        "?include=subscription_counts,subscriptions",
        "?after=ffffffff-ffff-4fff-8fff-ffffffffffff&page_size=2",
    ],
)
def test_a_list_has_a_plan(acme_api, ada, query):
    ordinary = acme_api.get(URL + query)
    answer = until_planned(acme_api.get, URL + query)
    assert answer.content == ordinary.content
    changing = {"X-Request-ID", "RateLimit"}
    assert {n: v for n, v in answer.headers.items() if n not in changing} == {
        n: v for n, v in ordinary.headers.items() if n not in changing
    }


@pytest.mark.parametrize(
    ("query", "is_prepared"),
    [("?page_size=7", True), ("?page_size=8&status=INACTIVE", False)],
)
def test_only_a_list_without_filters_has_one_plan_for_all_values(
    acme_api, ada, query, is_prepared
):
    """A general plan of a filter reads half a million rows to find twenty."""
    until_planned(acme_api.get, URL + query)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement ~ %s",
            [r"^WITH caller.* FROM \"customers_customer\".* LIMIT [78]\M"],
        )
        assert (cursor.fetchone()[0] > 0) is is_prepared


@pytest.mark.parametrize(
    "url", ["/api/v1/plans", "/api/v1/subscriptions", "/api/v1/events"]
)
def test_every_noun_has_plans(acme_api, ada, url):
    assert until_planned(acme_api.get, url).json()["meta"]["page"] == 1


@pytest.mark.django_db(transaction=True)
def test_the_feed_of_events_has_a_plan(acme_api, ada):
    url = "/api/v1/events?after={}"
    nil = "00000000-0000-0000-0000-000000000000"
    events = acme_api.get("/api/v1/events").json()["meta"]["total"]
    # The feed withholds an event while an older transaction of another test is open.
    wait_for(lambda: len(acme_api.get(url.format(nil)).json()["data"]) == events)
    feed = acme_api.get(url.format(nil)).json()
    assert until_planned(acme_api.get, url.format(nil)).json() == feed
    behind = acme_api.get(url.format(feed["data"][0]["id"])).json()["data"]
    assert behind == feed["data"][1:]


def test_an_event_has_the_context_of_a_planned_write(acme, ada):
    headers = {"X-Change-Reason": "Moved%20house", "X-Request-ID": "r-1"}
    until_planned(acme.api.patch, ada, {"phone": "1"}, headers=headers)
    acme.api.patch(ada, {"phone": "2"}, headers=headers)
    event = Event.objects.order_by("id").last()
    assert event.changes == {"phone": ["1", "2"]}
    assert (event.actor, event.reason, event.request_id) == (
        f"user:{acme.owner.pk}",
        "Moved house",
        "r-1",
    )


@pytest.mark.parametrize(
    ("name", "status"), [("Accept", 406), ("Idempotency-Key", 400)]
)
def test_an_empty_header_is_not_a_missing_one(acme_api, name, status):
    until_planned(acme_api.post, URL, ADA)
    count = Customer.objects.count()
    assert acme_api.post(URL, ADA, headers={name: ""}).status_code == status
    assert Customer.objects.count() == count


def test_a_plan_reads_no_row_of_another_organization(acme_api, globex_api, ada):
    until_planned(acme_api.get, ada)
    assert globex_api.get(ada).status_code == 404
    for method in (globex_api.patch, globex_api.put):
        assert method(ada, {"name": "Eve"}).status_code == 404
    until_planned(acme_api.get, URL)
    assert globex_api.get(URL).json()["data"] == []
    assert acme_api.get(ada).json()["name"] == "Ada"


def test_a_revoked_key_has_no_plan(acme, ada):
    client = with_key(acme.organization, "customers.read", "customers.write")
    until_planned(client.get, ada)
    until_planned(client.post, URL, ADA)
    count = Customer.objects.count()
    ApiKey.objects.update(revoked_at="2026-01-01T00:00:00Z")
    assert client.get(ada).status_code == 401
    assert client.post(URL, ADA).status_code == 401
    assert Customer.objects.count() == count


def test_a_key_without_the_scope_has_no_plan(acme, ada):
    until_planned(with_key(acme.organization, "customers.read").get, ada)
    assert with_key(acme.organization, "events.read").get(ada).status_code == 403
    until_planned(
        with_key(acme.organization, "customers.read", "customers.write").post, URL, ADA
    )
    reader = with_key(acme.organization, "customers.read")
    assert reader.post(URL, ADA).json()["code"] == "permission_denied"


def test_a_changed_role_and_an_ended_session_decide_at_once(member, ada):
    client = member(Role.MEMBER)
    until_planned(client.post, URL, ADA)
    Membership.objects.filter(role=Role.MEMBER).update(role=Role.VIEWER)
    assert client.post(URL, ADA).status_code == 403
    until_planned(client.get, ada)
    Session.objects.end(at=timezone.now())
    assert client.get(ada).status_code == 401


def test_a_condition_holds_in_a_plan(acme_api, ada):
    until_planned(acme_api.get, ada)
    same = acme_api.get(ada, headers={"If-None-Match": '"1"'})
    assert planned(same)
    assert (same.status_code, same.content, "Content-Type" in same) == (304, b"", False)
    until_planned(acme_api.patch, ada, {"phone": "1"})
    revision = acme_api.get(ada).json()["revision"]
    tag = {"If-Match": f'"{revision}"'}
    assert planned(acme_api.patch(ada, {"phone": "2"}, headers=tag))
    assert acme_api.patch(ada, {"phone": "3"}, headers=tag).status_code == 412
    assert acme_api.get(ada).json()["phone"] == "2"


def test_a_key_for_retries_stores_the_planned_response(acme_api, ada):
    key = {"Idempotency-Key": "k-1"}
    first = acme_api.post(URL, ADA, headers=key)
    again = acme_api.post(URL, ADA, headers=key)
    assert (planned(first), planned(again)) == (True, False)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.json(), again.headers["Location"]) == (
        first.json(),
        first.headers["Location"],
    )
    other = acme_api.post(URL, ADA | {"name": "Bea"}, headers=key)
    assert other.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "", "email": "a@b.co"}, "blank"),
        ({"name": "A"}, "required"),
        ({"name": "A", "email": "a"}, "invalid"),
        ({"name": "A", "email": "a@b.co", "nmae": "B"}, "unknown_field"),
        ({"name": "A", "email": "a@b.co", "revision": 3}, "read_only"),
        ({"name": "A", "email": "a@b.co", "billing_address_country": "ZZ"}, None),
        ({"name": "x" * 256, "email": "a@b.co"}, "max_length"),
    ],
)
def test_views_refuse_what_a_plan_does_not_accept(acme_api, ada, body, code):
    answer = acme_api.post(URL, body)
    assert answer.status_code == 422
    assert code in {None, answer.json()["errors"][0]["code"]}


def test_a_taken_external_id_is_told_by_the_view(acme_api, ada):
    body = ADA | {"external_id": "x-1"}
    assert acme_api.post(URL, body).status_code == 201
    assert acme_api.post(URL, body).json()["code"] == "external_id_taken"


def test_a_page_of_another_site_does_not_write_by_a_plan(acme_api, ada):
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        assert acme_api.post(URL, ADA, headers=headers).json()["code"] == "cross_site"
    own = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert until_planned(acme_api.post, URL, ADA, headers=own).status_code == 201


def test_every_request_counts_once(acme_api, ada, settings):
    until_planned(acme_api.get, ada)

    def left():
        return int(acme_api.get(ada).headers["RateLimit"].split(";")[1][2:])

    before = left()
    acme_api.patch(ada, {"name": ""})
    assert before - left() == 2


def test_a_planned_request_is_logged(acme, ada, log):
    until_planned(acme.api.get, ada)
    line = log.lines[-1]
    assert '"route":"api/v1/customers/<id:pk>"' in line
    assert f'"actor":"user:{acme.owner.pk}"' in line


def test_head_has_no_body_and_the_headers_of_get(acme_api, ada):
    get = until_planned(acme_api.get, ada)
    head = acme_api.head(ada)
    assert (head.content, head["ETag"]) == (b"", get["ETag"])


@pytest.mark.django_db(transaction=True)
def test_a_write_that_may_have_happened_is_not_tried_again(acme_api, ada, monkeypatch):
    """A connection that is lost behind the statement leaves its outcome unknown."""

    def lose(*_):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(WritePlan, "answered", lose)
    count = Customer.objects.count()
    assert acme_api.post(URL, ADA).json()["code"] == "database_unavailable"
    assert Customer.objects.count() == count + 1


def test_an_anonymous_request_has_no_plan(ada):
    assert Client().get(ada).status_code == 401


def test_bodies_in_any_order_are_one_statement(acme_api, ada):
    """A client cannot fill the memory of a process with orders of fields."""
    until_planned(acme_api.patch, ada, {"phone": "1"})
    fields = {"name": "Ada", "phone": "2", "billing_address_city": "Rome"}

    def prepared():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements")
            return cursor.fetchone()[0]

    assert planned(acme_api.patch(ada, fields))
    before = prepared()
    for order in permutations(fields.items()):
        assert planned(acme_api.patch(ada, dict(order)))
    assert prepared() == before


def test_only_some_sets_of_fields_are_prepared(acme_api, ada, monkeypatch):
    monkeypatch.setattr(write_plan, "_MAX_STATEMENTS", 0)
    answer = until_planned(acme_api.patch, ada, {"billing_address_line2": "2"})
    assert answer.json()["billing_address_line2"] == "2"


def test_requests_that_come_once_take_no_place_of_a_plan(acme_api, ada, monkeypatch):
    monkeypatch.setattr(front, "MAX_KEYS", 3)
    until_planned(acme_api.get, ada)
    for number in range(8):
        assert not planned(acme_api.get(f"{URL}?email={number}@example.com"))
    assert planned(acme_api.get(ada))


def test_the_plans_of_many_queries_drop_no_plan_in_use(acme_api, ada, monkeypatch):
    monkeypatch.setattr(front, "MAX_KEYS", 3)
    for number in range(8):
        until_planned(acme_api.get, f"{URL}?email={number}@example.com")
        assert planned(acme_api.get(ada))


@pytest.mark.parametrize("error", [AttributeError, OperationalError])
def test_views_answer_if_a_plan_cannot_read(
    acme_api, ada, without_plans, monkeypatch, error
):
    until_planned(acme_api.get, ada)

    def fail(*_):
        raise error("unexpected")

    with monkeypatch.context() as patch:
        patch.setattr(ObjectPlan, "answered", fail)
        assert acme_api.get(ada).json()["name"] == "Ada"


def test_views_answer_if_a_body_cannot_be_prepared(
    acme_api, ada, without_plans, monkeypatch
):
    until_planned(acme_api.post, URL, ADA)

    def fail(*_):
        raise AttributeError("unexpected")

    monkeypatch.setattr(CreatePlan, "values", fail)
    answer = acme_api.post(URL, ADA)
    assert (answer.status_code, planned(answer)) == (201, False)


@pytest.mark.django_db(transaction=True)
def test_a_write_that_failed_unexpectedly_is_not_repeated(acme_api, ada, monkeypatch):
    acme_api.raise_request_exception = False

    def fail(*_):
        raise ValueError("unexpected")

    monkeypatch.setattr(WritePlan, "answered", fail)
    count = Customer.objects.count()
    answer = acme_api.post(URL, ADA)
    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    assert Customer.objects.count() == count + 1


@pytest.mark.parametrize("caller", ["member", "key", "unknown key"])
def test_planned_requests_are_503_without_a_database(acme, ada, monkeypatch, caller):
    client = acme.api
    if caller != "member":
        client = with_key(acme.organization, "customers.read")
    if caller != "unknown key":
        until_planned(client.get, ada)
    throttling._leases.clear()
    monkeypatch.setattr(responsiveness, "is_away", True)
    answer = client.get(ada)
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("host", ["evil.example", "a b", "localhost:x"])
def test_a_browser_with_a_bad_host_is_refused_by_the_views(acme_api, ada, host):
    until_planned(acme_api.post, URL, ADA)
    headers = {"Host": host, "Origin": "http://testserver"}
    answer = acme_api.post(URL, ADA, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
