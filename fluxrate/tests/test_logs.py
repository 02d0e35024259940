"""One JSON line a request, and never a secret or a person in any line."""

import json
import logging

import pytest
from django.db import IntegrityError
from rest_framework.test import APIClient

from conftest import PASSWORD
from fluxrate.models import Event
from fluxrate.tests.leaks import leaks, personal
from organizations.auth.throttling import ACCOUNT_AT_ADDRESS
from organizations.models import User

URL = "/api/v1/customers"
ADA = {"name": "Ada Lovelace", "email": "ada@example.com"}


def lines(log, logger):
    found = [json.loads(line) for line in log.lines]
    return [line for line in found if line["logger"] == logger]


def test_a_request_is_one_line(acme, acme_api, log):
    answer = acme_api.post(URL, ADA, headers={"X-Request-ID": "abc-1"})
    (line,) = lines(log, "fluxrate.requests")
    assert line.pop("duration_ms") > 0
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "INFO",
        "logger": "fluxrate.requests",
        "message": "request",
        "request_id": "abc-1",
        "actor": f"user:{acme.owner.pk}",
        "method": "POST",
        "route": "api/v1/customers",
        "status": 201,
        "bytes": len(answer.content),
    }


@pytest.fixture
def behind_a_proxy(db, settings):
    settings.HTTPS = settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ALLOWED_HOSTS = ["testserver"]


@pytest.mark.usefixtures("behind_a_proxy")
@pytest.mark.parametrize(
    ("path", "headers", "status", "refused"),
    [
        (URL, {}, 403, "X-Forwarded-Proto"),
        ("/admin/login/", {}, 301, "X-Forwarded-Proto"),
        (URL, {"X-Forwarded-Proto": "http"}, 403, "X-Forwarded-Proto"),
        (URL, {"X-Forwarded-Proto": "https", "Host": "10.0.0.7"}, 400, "Host"),
        ("/admin/", {"X-Forwarded-Proto": "https", "Host": "10.0.0.7"}, 400, "Host"),
        (URL, {"X-Forwarded-Proto": "https"}, 401, None),
    ],
)
def test_a_refusal_for_what_a_proxy_omits_names_the_header(
    log, path, headers, status, refused
):
    assert APIClient().get(path, headers=headers).status_code == status
    (line,) = lines(log, "fluxrate.requests")
    assert line.get("refused_header") == refused


def test_a_key_and_a_member_of_staff_are_told_by_their_ids(key, staff, log):
    key("customers.read").get(URL)
    staff.get("/admin/login/")
    actors = [line["actor"] for line in lines(log, "fluxrate.requests")]
    assert [actor.partition(":")[0] for actor in actors] == ["key", "staff"]


@pytest.mark.parametrize(
    "path",
    [
        f"{URL}?search=ada@example.com",
        f"{URL}/external/ada@example.com",
        "/api/v1/ada@example.com",
        "/ada@example.com",
        "/admin/ada@example.com",
    ],
)
def test_the_line_has_the_route_and_not_what_was_asked_for(acme_api, log, path):
    acme_api.get(path)
    (line,) = lines(log, "fluxrate.requests")
    assert "ada" not in json.dumps(line)


def test_an_unknown_method_is_not_repeated(acme_api, log):
    acme_api.generic("ADA@EXAMPLE.COM", URL)
    assert lines(log, "fluxrate.requests")[0]["method"] == "OTHER"


def test_an_exception_is_told_without_its_words(db, log):
    User.objects.create_user("ada@example.com")
    logger = logging.getLogger("fluxrate.problems")
    try:
        User.objects.bulk_create([User(email="ada@example.com")])
    except IntegrityError:
        logger.exception("Unexpected")
    (line,) = lines(log, "fluxrate.problems")
    django, psycopg = line["exception"]
    assert django["type"] == "django.db.utils.IntegrityError"
    assert any(at.startswith("fluxrate/tests/test_logs.py:") for at in django["at"])
    assert psycopg["type"] == "psycopg.errors.UniqueViolation"
    assert (psycopg["sqlstate"], psycopg["rule"]) == ("23505", "user_email_taken")


def test_what_other_libraries_say_is_told_without_its_values(log):
    logging.getLogger("somebody.elses").warning("%s is at %s", "Ada", "a@b.example")
    assert json.loads(log.lines[0])["message"] == "%s is at %s"


def test_a_broken_page_is_logged_once_with_its_lines(staff, log, monkeypatch):
    def broken(*args, **kwargs):
        raise ValueError("ada@example.com")

    monkeypatch.setattr("django.contrib.admin.sites.AdminSite.each_context", broken)
    staff.raise_request_exception = False
    assert staff.get("/admin/").status_code == 500
    (line,) = lines(log, "django.request")
    assert line["exception"][0]["type"] == "builtins.ValueError"
    assert line["request_id"]
    assert lines(log, "fluxrate.requests")[0]["status"] == 500


def test_failures_and_refusals_at_the_door_are_told(acme, log):
    post = APIClient(REMOTE_ADDR="192.0.2.1").post
    body = {"email": acme.owner.email, "password": "wrong-password-1"}
    for _ in range(ACCOUNT_AT_ADDRESS.capacity + 1):
        post("/api/v1/auth/login", body)
    told = lines(log, "fluxrate.security")
    assert [line["message"] for line in told] == ["password.refused"] * 10 + [
        "throttled"
    ]
    assert {line["address"] for line in told} == {"192.0.2.1"}
    assert len({line["account"] for line in told[:10]}) == 1
    assert all(line["request_id"] for line in told)


def test_what_is_done_to_keys_is_told_and_a_login_is_an_event(acme, acme_api, log):
    body = {"name": "Importer", "scopes": ["customers.read"]}
    made = acme_api.post("/api/v1/api-keys", body).json()
    acme_api.get("/api/v1/api-keys")
    acme_api.delete(f"/api/v1/api-keys/{made['id']}")
    told = [line["message"] for line in lines(log, "fluxrate.security")]
    assert told == ["keys.create", "keys.destroy"]
    body = {"email": acme.owner.email, "password": PASSWORD}
    assert APIClient().post("/api/v1/auth/login", body).status_code == 200
    login = Event.objects.get(type="user.login")
    assert login.actor == f"user:{acme.owner.pk}"
    assert login.organization_id == acme.organization.pk


@pytest.mark.parametrize(
    "line",
    [
        "ada@example.com",
        "GET /customers?email=ada%40x.y ada.l+1@sub.example.org",
        "token eyJhbGciOiJIUzI1NiIs",
        "key org_live_Ab12Cd34",
        "access_token=abc",
        "$argon2id$v=19$m=19456",
        f"password {PASSWORD}",
    ],
)
def test_the_check_of_every_test_sees_each_kind_of_leak(line):
    assert leaks(line, {PASSWORD})


def test_the_check_knows_what_was_sent(acme_api, log):
    sent = set(personal([ADA, {"metadata": {"phone": "+1-555-0100"}}]))
    assert sent == {"Ada Lovelace", "ada@example.com", "+1-555-0100"}
    assert leaks('{"message": "created Ada Lovelace"}', sent)
    acme_api.get(URL)
    assert not leaks(log.lines[0], sent)
