"""A page of another origin cannot act with the cookies of a visitor, nor read data."""

import os
import subprocess
import sys

import pytest
from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.test import RequestFactory

from conftest import PASSWORD
from fluxrate.api.cross_site import refuse_cross_site

URL = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://testserver:8001"},
    {"Origin": "http://testserver.evil.example"},
    {"Origin": "http://evil-testserver"},
    {"Origin": "http://user@testserver"},
    {"Origin": "file://testserver"},
    {"Origin": "http://testserver/"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "something-new"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"},
]
OWN = [
    {},
    {"Origin": "http://testserver"},
    {"Origin": "https://testserver"},
    {"Origin": "HTTP://TestServer"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_origin_cannot_change_anything(acme_api, headers):
    refused = acme_api.post(URL, ADA, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "cross_site")
    assert acme_api.get(URL).json()["meta"]["total"] == 0


@pytest.mark.parametrize("headers", OWN)
def test_our_own_pages_and_programs_can(acme_api, headers):
    assert acme_api.post(URL, ADA, headers=headers).status_code == 201


@pytest.mark.parametrize("path", ["signup", "login", "refresh", "logout"])
def test_another_origin_cannot_log_anybody_in_or_out(acme, stranger, path):
    body = {"email": acme.owner.email, "password": PASSWORD}
    refused = stranger.post(
        f"/api/v1/auth/{path}", body, headers={"Origin": "https://evil.example"}
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "cross_site")
    assert not refused.cookies


def test_a_key_is_no_cookie_and_may_come_from_anywhere(key):
    program = key("customers.write")
    headers = {"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}
    assert program.post(URL, ADA, headers=headers).status_code == 201


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=a",
    ],
)
def test_what_a_form_can_send_is_not_read(acme_api, media_type):
    body = b'{"name": "Ada", "email": "ada@example.com"}'
    assert acme_api.generic("POST", URL, body, media_type).status_code == 415


def test_under_https_a_plain_page_of_the_same_host_is_another_origin(
    acme_api, settings
):
    settings.HTTPS = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    headers = {"X-Forwarded-Proto": "https", "Host": "testserver"}
    origin = {"Origin": "http://testserver"}
    assert acme_api.post(URL, ADA, headers=headers | origin).status_code == 403
    origin = {"Origin": "https://testserver"}
    assert acme_api.post(URL, ADA, headers=headers | origin).status_code == 201


def test_the_address_that_browsers_see_is_ours_behind_a_proxy(acme_api, settings):
    settings.PUBLIC_URL = "https://billing.example"
    headers = {"Origin": "https://billing.example", "Sec-Fetch-Site": "same-origin"}
    assert acme_api.post(URL, ADA, headers=headers).status_code == 201


@pytest.mark.parametrize("host", ["testserver:80", "TESTSERVER"])
def test_a_host_may_be_written_in_other_ways(host):
    request = RequestFactory().post("/", headers={"Origin": "http://testserver"})
    request.META["HTTP_HOST"] = host
    refuse_cross_site(request)


def test_no_origin_may_read_unless_it_is_named(acme_api):
    for headers in FOREIGN:
        response = acme_api.get(URL, headers=headers)
        assert response.status_code == 200
        assert not [
            name for name in response.headers if "access-control" in name.lower()
        ]
    preflight = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "PUT",
    }
    response = acme_api.options(URL, headers=preflight)
    assert not [name for name in response.headers if "access-control" in name.lower()]


@pytest.fixture
def app(settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]
    name = f"{CorsMiddleware.__module__}.{CorsMiddleware.__qualname__}"
    settings.MIDDLEWARE = [settings.MIDDLEWARE[0], name, *settings.MIDDLEWARE[1:]]
    return {"Origin": "https://app.example", "Sec-Fetch-Site": "same-site"}


def test_a_named_origin_may_read_and_write(acme_api, app):
    response = acme_api.post(URL, ADA, headers=app)
    assert response.status_code == 201
    assert response["Access-Control-Allow-Origin"] == "https://app.example"
    assert response["Access-Control-Allow-Credentials"] == "true"
    assert "x-request-id" in response["Access-Control-Expose-Headers"]
    assert "origin" in response["Vary"].lower()


def test_naming_one_origin_lets_in_no_other(acme_api, app):
    evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    response = acme_api.get(URL, headers=evil)
    assert "Access-Control-Allow-Origin" not in response
    assert acme_api.post(URL, ADA, headers=evil).status_code == 403


def test_the_usual_headers_pass_the_preflight_and_a_setting_adds_more(acme_api, app):
    usual = (
        "authorization,baggage,content-type,if-match,sentry-trace,traceparent,"
        "tracestate,x-requested-with"
    )
    preflight = {
        "Origin": app["Origin"],
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": usual,
    }
    response = acme_api.options(URL, headers=preflight)
    allowed = set(response["Access-Control-Allow-Headers"].split(", "))
    assert allowed >= set(usual.split(","))
    assert "x-tenant" not in allowed
    program = "from fluxrate import settings; print(settings.CORS_ALLOW_HEADERS)"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"CORS_ALLOW_HEADERS": "X-Tenant"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "'x-tenant'" in ran.stdout
