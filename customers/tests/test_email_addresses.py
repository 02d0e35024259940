"""Which addresses are taken, in every field that holds one: RFC 5321 and RFC 6531."""
# ruff: noqa: RUF001 - letters of many scripts, beside signs that resemble them

import unicodedata

import pytest
from django.core.exceptions import ValidationError

from customers.models import Customer
from fluxrate.text import EMAIL_NEEDED
from organizations.models import User

URL = "/api/v1/customers"
SIGNUP = "/api/v1/auth/signup"
TAKEN = [
    "josé@example.com",
    "用户@例子.广告",
    "실례@실례.테스트",
    "अजय@डाटा.भारत",
    "квіточка@пошта.укр",
    "χρήστης@παράδειγμα.ελ",
    "dörte@sörensen.example.com",
    "коля@пример.рф",
    "o’brien@example.com",
    "user@bücher.example",
    "user@نامه\u200cای.com",
    "user@faß.de",
    "user@xn--bcher-kva.example",
    "first.last+tag@example.co.uk",
    '"joe..bloggs"@example.com',
    '"joe@bloggs"@example.com',
    "joe@[127.0.0.1]",
    "user@localhost",
    "!#$%&'*+/=?^_`{|}~-@example.com",
]
REFUSED = {
    "soft hyphen": "user@exa\u00admple.com",
    "zero-width space": "user@exam\u200bple.com",
    "line separator": "user@exam\u2028ple.com",
    "line separator before the end": "user@example.com\u2028.evil",
    "word joiner": "user@exam\u2060ple.com",
    "variation selector": "user@❤\ufe0f.example",
    "joiner at the end of a label": "user@نامه\u200c.com",
    "joiner in ASCII": "user@exam\u200cple.com",
    "two joiners": "user@نامه\u200c\u200cای.com",
    "direction": "user@\u202eelpmaxe.com",
    "full width": "user@ｅｘａｍｐｌｅ.com",
    "ideographic full stop": "user@例子。广告",
    "full-width full stop": "user@例子．广告",
    "invisible local part": "us\u200ber@example.com",
    "space of no width in the local part": "us\ufeffer@example.com",
    "no-break space in the local part": "us\u00a0er@example.com",
    "Hangul filler alone": "\u3164@example.com",
    "two dots": "jo..sé@example.com",
    "a dot first": ".josé@example.com",
    "a dot last": "josé.@example.com",
    "no domain": "josé@",
    "no local part": "@例子.广告",
    "no sign": "josé.example.com",
    "two signs": "jo@sé@example.com",
    "a label that is too long": f"user@{'ü' * 60}.example",
    "a label that begins with a hyphen": "user@-bücher.example",
    "an empty label": "user@bücher..example",
    "a space": "jo sé@example.com",
    "a control character": "user@exam\x07ple.com",
    "a control character in quotes": '"us\x07er"@example.com',
}
refused = pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED)


@pytest.mark.parametrize("address", TAKEN)
def test_an_address_is_taken_and_kept(acme_api, acme, address):
    made = acme_api.post(URL, {"name": "Ada", "email": address})
    assert made.status_code == 201, made.content
    assert made.json()["email"] == address
    found = acme_api.get(URL, {"email": address}).json()["data"]
    assert [each["id"] for each in found] == [made.json()["id"]]
    Customer(organization=acme.organization, name="A", email=address).full_clean()


@refused
def test_a_second_spelling_of_an_address_is_refused(acme_api, acme, address):
    answer = acme_api.post(URL, {"name": "Ada", "email": address})
    assert answer.status_code == 422, answer.content
    assert answer.json()["errors"] == [
        {"field": "email", "code": "invalid", "message": EMAIL_NEEDED}
    ]
    with pytest.raises(ValidationError, match="Enter a valid email address, such"):
        Customer(organization=acme.organization, name="A", email=address).full_clean()


@refused
def test_nothing_is_mailed_to_what_is_no_address(acme_api, mailoutbox, address):
    body = {"email": address, "role": "VIEWER"}
    assert acme_api.post("/api/v1/invitations", body).status_code == 422
    assert not mailoutbox


@pytest.mark.parametrize("address", ["josé@example.com", "用户@例子.广告"])
def test_a_user_logs_in_with_any_form_of_their_address(stranger, mailoutbox, address):
    body = {"email": address, "password": "correct-horse-battery"}
    made = stranger.post(SIGNUP, body | {"organization_name": "Navy"})
    assert made.status_code == 201, made.content
    assert made.json()["user"]["email"] == address
    assert [mail.to for mail in mailoutbox] == [[address]]
    for form in (address, address.upper(), unicodedata.normalize("NFD", address)):
        log_in = stranger.post("/api/v1/auth/login", body | {"email": form})
        assert log_in.status_code == 200, form
    twice = stranger.post(
        SIGNUP, body | {"organization_name": "N"} | {"email": address.upper()}
    )
    assert (twice.status_code, twice.json()["code"]) == (409, "email_taken")
    assert User.objects.get_by_natural_key(f" {address.upper()} ").email == address


def test_the_admin_takes_them_too(staff, acme):
    form = {
        "organization": acme.organization.pk,
        "name": "José",
        "email": " jose\u0301@example.com",
        "status": "ACTIVE",
        "metadata": "{}",
    }
    page = staff.get("/admin/customers/customer/add/").text
    assert 'type="email"' not in page
    answer = staff.post("/admin/customers/customer/add/", form)
    assert answer.status_code == 302, answer.context["adminform"].errors
    assert Customer.objects.get().email == "josé@example.com"
    answer = staff.post(
        "/admin/customers/customer/add/", form | {"email": REFUSED["soft hyphen"]}
    )
    assert answer.context["adminform"].errors["email"] == [EMAIL_NEEDED]


def test_kosovo_is_a_country_and_uk_and_el_say_what_is_meant(acme_api, staff, acme):
    ada = {"name": "Ada", "email": "ada@example.com"}
    made = acme_api.post(URL, ada | {"billing_address_country": "xk"})
    assert made.json()["billing_address_country"] == "XK"
    for code, meant in (("UK", "GB"), ("EL", "GR"), ("el", "GR")):
        answer = acme_api.post(URL, ada | {"billing_address_country": code})
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["code"]) == (422, "unknown_country")
        assert error["message"].endswith(f"such as {meant}.")
    form = staff.get("/admin/customers/customer/add/").text
    assert '<option value="XK">XK Kosovo</option>' in form
    found = acme_api.get(URL, {"billing_address_country": "XK"}).json()
    assert found["meta"]["total"] == 1
