"""Combining marks in a costly order are normalized in linear time."""

import time
import unicodedata

import pytest

from fluxrate.text import normalize

# Combining marks of two classes, each time in the wrong order.
MARKS = "\u0345\u0301"
ADA = {"name": "Ada", "email": "ada@example.com"}


@pytest.mark.parametrize("form", ["NFC", "NFKC", "NFKD"])
@pytest.mark.parametrize(
    "part", [MARKS, "e" + MARKS, "\u00e9\u0323", "\u0f73\u0344", "\u1112\u1161\u11ab"]
)
def test_a_long_text_is_normalized_as_by_unicodedata(form, part):
    text = part * 800
    assert normalize(form, text) == unicodedata.normalize(form, text)


@pytest.mark.parametrize("field", ["name", "external_id", "phone"])
def test_a_field_of_combining_marks_is_refused_in_time(site, owner, field):
    start = time.monotonic()
    body = ADA | {field: "a" + MARKS * 60_000}
    headers = {"X-API-Key": owner.key}
    assert site.ask("POST", "/api/v1/customers", body, headers).status == 422
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("field", ["email", "password"])
def test_a_login_with_combining_marks_is_refused_in_time(site, field):
    start = time.monotonic()
    body = {"email": "ada@example.com", "password": "x"}
    body |= {field: "a" + MARKS * 60_000}
    response = site.ask("POST", "/api/v1/auth/login", body)
    assert 400 <= response.status < 500
    assert time.monotonic() - start < 10
