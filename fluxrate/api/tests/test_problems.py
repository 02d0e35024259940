"""Whatever goes wrong under /api is answered in JSON, in one shape."""

import uuid

import pytest

URL = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}
SHAPE = {"type", "title", "status", "detail", "code", "request_id"}


def without_request_id(answer):
    assert answer.json()["request_id"] == answer["X-Request-ID"]
    return answer.content.replace(answer["X-Request-ID"].encode(), b"")


def test_a_problem_has_one_shape(acme_api):
    answer = acme_api.post(URL, {"name": "Ada", "email": "nonsense", "fone": "1"})
    body = answer.json()
    assert answer.status_code == body["status"] == 422
    assert answer["Content-Type"] == "application/json"
    assert set(body) == SHAPE | {"errors"}
    assert body["title"] == "Unprocessable Content"
    assert body["detail"] == "fone: Unknown field. Did you mean “phone”?"
    assert body["errors"] == [
        {
            "field": "fone",
            "code": "unknown_field",
            "message": "Unknown field. Did you mean “phone”?",
        }
    ]


def test_it_is_problem_json_for_those_who_accept_it(acme_api):
    for accept in (
        "application/problem+json",
        "application/json, application/problem+json",
    ):
        answer = acme_api.get(f"{URL}/{uuid.uuid4()}", HTTP_ACCEPT=accept)
        assert (answer.status_code, answer["Content-Type"]) == (
            404,
            "application/problem+json",
        )
        fine = acme_api.get(URL, HTTP_ACCEPT=accept)
        assert (fine.status_code, fine["Content-Type"]) == (200, "application/json")
        early = acme_api.get(
            URL, HTTP_ACCEPT=accept, HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH=""
        )
        assert early["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["customers", "plans", "subscriptions"])
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_another_organization_s_object_never_existed(
    acme_api, globex_api, a_row, kind, method
):
    theirs = a_row(globex_api, kind)
    answers = {
        without_request_id(getattr(acme_api, method)(f"/api/v1/{kind}/{key}", {}))
        for key in (theirs, uuid.uuid4())
    }
    assert len(answers) == 1
    assert globex_api.get(f"/api/v1/{kind}/{theirs}").status_code == 200


@pytest.fixture
def a_row():
    """Make an object of a kind, and return its id."""

    def make(api, kind):
        customer = api.post(URL, ADA).json()["id"]
        plan = api.post("/api/v1/plans", {"name": "Pro"}).json()["id"]
        body = {"customer_id": customer, "plan_id": plan}
        subscription = api.post("/api/v1/subscriptions", body).json()["id"]
        found = {"customers": customer, "plans": plan, "subscriptions": subscription}
        return found[kind]

    return make


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v2/customers",
        f"{URL}/not-an-id",
        f"{URL}/550e8400-",
        f"{URL}/{'0' * 10_000}",
        f"{URL}/../../admin",
        f"{URL}/%00",
        f"{URL}/%0A",
        f"{URL}/%0A/",
        f"{URL}/external",
        f"{URL}/external/",
        f"{URL}/external/%00",
        f"{URL}/%E2%80%AE",
        "/api/v1//customers",
        "/api/v1/customers%3Fpage=1",
        "/api/%2e%2e/admin/",
    ],
)
def test_an_address_that_is_none_is_a_json_404(acme_api, path):
    answer = acme_api.get(path)
    assert answer.status_code == 404, answer.content
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["code"] == "not_found"


def test_a_trailing_slash_is_tolerated_without_a_redirect(acme_api):
    created = acme_api.post(f"{URL}/", ADA)
    assert created.status_code == 201
    assert created["Location"] == f"{URL}/{created.json()['id']}"
    assert acme_api.get(created["Location"] + "/").json() == created.json()
    listed = acme_api.get(f"{URL}/?page_size=1")
    assert listed.status_code == 200
    assert f"{URL}?" in listed["Link"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", URL, "GET, POST, HEAD, OPTIONS"),
        ("PATCH", "/api/v1/auth/login", "POST, OPTIONS"),
        ("DELETE", "/api/v1/events", "GET, HEAD, OPTIONS"),
        ("TRACE", URL, "GET, POST, HEAD, OPTIONS"),
        ("BREW", URL, "GET, POST, HEAD, OPTIONS"),
    ],
)
def test_another_method_is_405_and_says_which_are_allowed(
    acme_api, method, path, allowed
):
    answer = acme_api.generic(method, path)
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"
    assert set(answer["Allow"].split(", ")) == set(allowed.split(", "))


def test_a_header_does_not_change_the_method(acme_api):
    answer = acme_api.post(URL, ADA, HTTP_X_HTTP_METHOD_OVERRIDE="GET")
    assert answer.status_code == 201


def test_options_says_the_methods_and_no_more(acme_api):
    answer = acme_api.options(URL)
    assert (answer.status_code, answer.content) == (204, b"")
    assert set(answer["Allow"].split(", ")) == {"GET", "POST", "HEAD", "OPTIONS"}


def test_head_has_the_headers_of_get_and_no_body(acme_api):
    answer = acme_api.head(URL)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Content-Length"] == acme_api.get(URL)["Content-Length"]


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*"])
def test_what_is_not_json_is_not_answered(acme_api, accept):
    answer = acme_api.get(URL, HTTP_ACCEPT=accept)
    assert answer.status_code == 406
    assert answer["Content-Type"] == "application/json"
    detail = "The API answers application/json only: accept that type."
    assert answer.json()["detail"] == detail


@pytest.mark.parametrize("accept", ["*/*", "application/*", "text/html, */*;q=0.1"])
def test_what_includes_json_is(acme_api, accept):
    assert acme_api.get(URL, HTTP_ACCEPT=accept)["Content-Type"] == "application/json"


def test_nobody_is_told_to_log_in(stranger):
    answer = stranger.get(URL)
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"
    assert answer["WWW-Authenticate"]


def test_another_host_is_400_in_json(acme_api):
    answer = acme_api.get(URL, HTTP_HOST="evil.example")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-1.2_Z", True), ("a" * 65, False), ("a b", False), ("", False)],
)
def test_the_caller_s_request_id_is_kept_when_short_and_safe(stranger, given, kept):
    answer = stranger.get(URL, HTTP_X_REQUEST_ID=given)
    assert (answer["X-Request-ID"] == given) is kept
    assert answer.json()["request_id"] == answer["X-Request-ID"]


def test_nothing_personal_is_cached(acme_api):
    assert acme_api.get(URL)["Cache-Control"] == "no-store"
