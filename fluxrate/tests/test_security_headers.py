"""Every answer says what a browser may never do with it."""

import pytest


@pytest.fixture(autouse=True)
def uncollected(settings):
    """Pages name static files as they are, so that none has to be collected."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PAGES = EVERYWHERE | {
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


@pytest.mark.parametrize("path", ["/api/v1/customers", "/api/v1/nowhere", "/API/v1"])
def test_the_api_has_the_headers_that_mean_something_for_json(acme_api, path):
    headers = acme_api.get(path).headers
    assert {name: headers.get(name) for name in PAGES if name in headers} == EVERYWHERE
    policy = headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'"
    assert "Permissions-Policy" not in headers
    assert headers["X-Request-ID"]


@pytest.mark.parametrize(
    "path",
    [
        "/admin/login/",
        "/docs",
        "/redoc",
        "/health",
        "/nowhere",
        "/openapi.yaml",
    ],
)
def test_every_answer_has_them(acme_api, path):
    headers = acme_api.get(path).headers
    assert {name: headers.get(name) for name in PAGES} == PAGES
    assert "camera=()" in headers["Permissions-Policy"]
    policy = headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy)
    assert headers["X-Request-ID"]


def test_an_answer_of_the_api_may_load_nothing_and_is_kept_nowhere(acme_api):
    answer = acme_api.get("/api/v1/customers")
    assert "-src 'self'" not in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/admin/login/", "/docs", "/redoc"])
def test_no_page_runs_a_script_that_is_not_a_file_of_ours(client, db, path):
    scripts = [
        directive
        for directive in client.get(path)["Content-Security-Policy"].split("; ")
        if directive.startswith("script-src")
    ]
    assert scripts == ["script-src 'self'"]


def test_what_is_refused_before_any_view_has_them_too(acme_api):
    answer = acme_api.generic(
        "POST", "/api/v1/customers", b"{}", CONTENT_LENGTH="2000000"
    )
    assert answer.status_code == 413
    assert {name: answer[name] for name in EVERYWHERE} == EVERYWHERE


@pytest.fixture
def https(settings):
    settings.HTTPS = settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def test_under_https_browsers_are_told_to_stay(https, acme_api):
    answer = acme_api.get("/api/v1/customers", headers={"X-Forwarded-Proto": "https"})
    assert answer.status_code == 200
    assert answer["Strict-Transport-Security"].startswith("max-age=31536000")


def test_under_https_a_plain_call_is_refused_and_a_page_redirected(https, acme_api):
    refused = acme_api.get("/api/v1/customers")
    assert (refused.status_code, refused.json()["code"]) == (403, "https_required")
    page = acme_api.get("/admin/")
    assert page.status_code == 301
    assert page["Location"].startswith("https://")
    assert acme_api.get("/health").status_code == 200


def test_under_https_the_cookies_are_secure(https, stranger):
    body = {
        "email": "ada@example.com",
        "password": "correct-horse-battery",
        "organization_name": "Ada",
    }
    answer = stranger.post(
        "/api/v1/auth/signup", body, headers={"X-Forwarded-Proto": "https"}
    )
    assert answer.status_code == 201, answer.content
    for cookie in answer.cookies.values():
        assert cookie["secure"]
        assert cookie["httponly"]
        assert (cookie["samesite"], cookie["path"]) == ("Lax", "/")
        assert not cookie["domain"]
