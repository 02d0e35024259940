"""Text of accents alone, mixed so that ordering them is costly, holds nobody up."""

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
def test_a_long_text_is_in_the_form_that_unicode_defines(form, part):
    text = part * 800
    assert normalize(form, text) == unicodedata.normalize(form, text)


@pytest.mark.parametrize("field", ["name", "external_id", "phone"])
def test_a_field_of_marks_is_refused_soon(site, owner, field):
    began = time.monotonic()
    body = ADA | {field: "a" + MARKS * 60_000}
    sent = {"X-API-Key": owner.key}
    assert site.ask("POST", "/api/v1/customers", body, sent).status == 422
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("field", ["email", "password"])
def test_a_login_of_marks_is_refused_soon(site, field):
    began = time.monotonic()
    body = {"email": "ada@example.com", "password": "x"}
    body |= {field: "a" + MARKS * 60_000}
    answer = site.ask("POST", "/api/v1/auth/login", body)
    assert 400 <= answer.status < 500
    assert time.monotonic() - began < 10
