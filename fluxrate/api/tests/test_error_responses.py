"""Every error under /api is JSON with the members of RFC 9457."""

import uuid

import pytest

URL = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}
MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}


def without_request_id(response):
    assert response.json()["request_id"] == response["X-Request-ID"]
    return response.content.replace(response["X-Request-ID"].encode(), b"")


def test_an_error_has_the_members_of_rfc_9457(acme_api):
    response = acme_api.post(URL, {"name": "Ada", "email": "nonsense", "fone": "1"})
    body = response.json()
    assert response.status_code == body["status"] == 422
    assert response["Content-Type"] == "application/json"
    assert set(body) == MEMBERS | {"errors"}
    assert body["title"] == "Unprocessable Content"
    assert body["detail"] == "fone: Unknown field. Did you mean “phone”?"
    assert body["errors"] == [
        {
            "field": "fone",
            "code": "unknown_field",
            "message": "Unknown field. Did you mean “phone”?",
        }
    ]


def test_problem_json_is_answered_if_accepted(acme_api):
    for accept in (
        "application/problem+json",
        "application/json, application/problem+json",
    ):
        response = acme_api.get(f"{URL}/{uuid.uuid4()}", HTTP_ACCEPT=accept)
        assert (response.status_code, response["Content-Type"]) == (
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
    acme_api, globex_api, make_row, kind, method
):
    other = make_row(globex_api, kind)
    responses = {
        without_request_id(getattr(acme_api, method)(f"/api/v1/{kind}/{key}", {}))
        for key in (other, uuid.uuid4())
    }
    assert len(responses) == 1
    assert globex_api.get(f"/api/v1/{kind}/{other}").status_code == 200


@pytest.fixture
def make_row():
    """Creates an object of a kind; returns its id."""

    def make(api, kind):
        customer = api.post(URL, ADA).json()["id"]
        plan = api.post("/api/v1/plans", {"name": "Pro"}).json()["id"]
        body = {"customer_id": customer, "plan_id": plan}
        subscription = api.post("/api/v1/subscriptions", body).json()["id"]
        rows = {"customers": customer, "plans": plan, "subscriptions": subscription}
        return rows[kind]

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
def test_an_unknown_url_is_404_in_json(acme_api, path):
    response = acme_api.get(path)
    assert response.status_code == 404, response.content
    assert response["Content-Type"] == "application/json"
    assert response.json()["code"] == "not_found"


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
def test_an_unsupported_method_is_405_with_allow(acme_api, method, path, allowed):
    response = acme_api.generic(method, path)
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
    assert set(response["Allow"].split(", ")) == set(allowed.split(", "))


def test_a_header_does_not_change_the_method(acme_api):
    response = acme_api.post(URL, ADA, HTTP_X_HTTP_METHOD_OVERRIDE="GET")
    assert response.status_code == 201


def test_options_answers_allow_without_a_body(acme_api):
    response = acme_api.options(URL)
    assert (response.status_code, response.content) == (204, b"")
    assert set(response["Allow"].split(", ")) == {"GET", "POST", "HEAD", "OPTIONS"}


def test_head_has_the_headers_of_get_and_no_body(acme_api):
    response = acme_api.head(URL)
    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Length"] == acme_api.get(URL)["Content-Length"]


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*"])
def test_a_media_range_without_json_is_406(acme_api, accept):
    response = acme_api.get(URL, HTTP_ACCEPT=accept)
    assert response.status_code == 406
    assert response["Content-Type"] == "application/json"
    detail = "The API answers application/json only: accept that type."
    assert response.json()["detail"] == detail


@pytest.mark.parametrize("accept", ["*/*", "application/*", "text/html, */*;q=0.1"])
def test_a_media_range_with_json_is_accepted(acme_api, accept):
    assert acme_api.get(URL, HTTP_ACCEPT=accept)["Content-Type"] == "application/json"


def test_a_request_without_credentials_is_401(stranger):
    response = stranger.get(URL)
    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
    assert response["WWW-Authenticate"]


def test_another_host_is_400_in_json(acme_api):
    response = acme_api.get(URL, HTTP_HOST="evil.example")
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    ("request_id", "is_accepted"),
    [("abc-1.2_Z", True), ("a" * 65, False), ("a b", False), ("", False)],
)
def test_a_short_and_safe_request_id_is_returned(stranger, request_id, is_accepted):
    response = stranger.get(URL, HTTP_X_REQUEST_ID=request_id)
    assert (response["X-Request-ID"] == request_id) is is_accepted
    assert response.json()["request_id"] == response["X-Request-ID"]


def test_responses_are_not_cached(acme_api):
    assert acme_api.get(URL)["Cache-Control"] == "no-store"
