"""What nobody sees is no name, and is trimmed: by the API, the admin, shell and SQL."""
# ruff: noqa: RUF001 - letters of many scripts, beside signs that resemble them

import re
import unicodedata
from urllib.parse import quote

import pytest
from django.db import IntegrityError, connection, transaction

from customers.models import Customer, Plan
from fluxrate.invisible import DEFAULT_IGNORABLE, INVISIBLE, VISIBLE_REGEX
from fluxrate.text import is_visible
from organizations.models import ApiKey

URL = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}
UNSEEN = {
    "Hangul filler": "\u3164",
    "half-width Hangul filler": "\uffa0",
    "Hangul choseong filler": "\u115f\u1160",
    "Braille blank": "\u2800",
    "variation selector": "\ufe0f",
    "Han variation selector": "\U000e0100",
    "grapheme joiner": "\u034f",
    "Khmer vowel inherent": "\u17b4",
    "Mongolian vowel separator": "\u180e",
    "shorthand format": "\U0001bca0",
    "musical beam": "\U0001d173",
    "tags": "\U000e0061\U000e007f",
    "unassigned but ignorable": "\u2065\ufff0\U000e0fff",
    "a mixture": " \u3164\ufeff\u2800\t\u200b ",
}
unseen = pytest.mark.parametrize("text", UNSEEN.values(), ids=UNSEEN)
# Sequences that would not be what they are without their ignorable characters.
WHOLE = {
    "a red heart": "❤\ufe0f",
    "a keycap": "1\ufe0f\u20e3",
    "a family": "👨\u200d👩\u200d👧",
    "England": "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "Persian": "نامه\u200cای",
    "Sinhala": "ශ\u200dරී",
    "a variant of a Han character": "葛\U000e0100",
    "a Mongolian variant": "ᠠ\u180b",
    "a soft hyphen": "Donau\u00addampfschiff",
}
whole = pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)


@unseen
def test_a_name_that_nobody_sees_is_blank(acme_api, text):
    for url, body in ((URL, ADA), ("/api/v1/plans", {"type": "FIXED"})):
        answer = acme_api.post(url, body | {"name": text})
        errors = {each["field"]: each["code"] for each in answer.json()["errors"]}
        assert (answer.status_code, errors["name"]) == (422, "blank")


@unseen
def test_an_optional_text_that_nobody_sees_is_null(acme_api, text):
    fields = {"phone": text, "external_id": text, "metadata": {"note": text}}
    body = acme_api.post(URL, ADA | fields).json()
    assert (body["phone"], body["external_id"], body["metadata"]) == (None, None, {})


@whole
def test_what_belongs_to_a_character_stays(acme_api, text):
    padded = f"\ufeff\u200b {text}\u200b\u3164\ufeff "
    for name in (text, padded, f"{text} {text}"):
        kept = text if name == padded else name
        body = acme_api.post(URL, ADA | {"name": name}).json()
        assert body["name"] == unicodedata.normalize("NFC", kept)


def test_the_mark_before_a_file_is_no_part_of_an_id(acme_api):
    made = acme_api.post(URL, ADA | {"external_id": "\ufeffcust-1\u200b"}).json()
    assert made["external_id"] == "cust-1"
    for path in ("cust-1", quote("\ufeffcust-1"), quote("cust-1\u2060")):
        assert acme_api.get(f"{URL}/external/{path}").json()["id"] == made["id"]
    twice = acme_api.post(URL, ADA | {"external_id": "cust-1"})
    assert (twice.status_code, twice.json()["code"]) == (409, "external_id_taken")
    listed = acme_api.get(URL, {"external_id": "\ufeffcust-1"}).json()
    assert [each["id"] for each in listed["data"]] == [made["id"]]


@pytest.mark.parametrize("text", ["", "\u3164", "\u2800 \u200b", "\ufe0f", "\u3000"])
def test_postgresql_refuses_what_nobody_sees(acme, text):
    customer = Customer.objects.create(organization=acme.organization, **ADA)
    plan = Plan.objects.create(
        organization=acme.organization, name="Pro", billing_interval="month"
    )
    key = ApiKey.issue(
        organization=acme.organization, name="Import", scopes=["customers.read"]
    )
    for record, column in (
        (customer, "name"),
        (customer, "external_id"),
        (plan, "name"),
        (plan, "lookup_id"),
        (key, "name"),
    ):
        table = record._meta.db_table
        with (
            pytest.raises(IntegrityError, match="check constraint"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                f"UPDATE {table} SET {column} = %s WHERE id = %s", [text, record.pk]
            )


def test_the_shell_trims_as_the_api_does(acme):
    made = Customer.objects.create(
        organization=acme.organization,
        name="\ufeffZoe\u0308\u3164",
        email="\ufeffjose\u0301@example.com\u200b",
        metadata={"city": "\u200bKo\u0308ln"},
    )
    Customer.objects.filter(pk=made.pk).update(external_id="\ufeffcust-1 ")
    made.refresh_from_db()
    assert (made.name, made.external_id) == ("Zoë", "cust-1")
    assert made.email == "josé@example.com"
    assert made.metadata == {"city": "Köln"}
    plan = Plan.objects.create(
        organization=acme.organization,
        name="Pro",
        billing_interval="month",
        description="\ufeffA\u030a\n",
    )
    plan.refresh_from_db()
    assert plan.description == "Å"


@unseen
def test_the_admin_refuses_a_name_that_nobody_sees(staff, acme, text):
    form = {
        "organization": acme.organization.pk,
        "name": text,
        "email": "ada@example.com",
        "status": "ACTIVE",
        "metadata": "{}",
    }
    answer = staff.post("/admin/customers/customer/add/", form)
    assert answer.status_code == 200
    assert answer.context["adminform"].errors["name"]
    assert not Customer.objects.exists()


def test_the_table_is_unicodes():
    """The number that DerivedCoreProperties.txt states, and nothing visible."""
    assert sum(last - first + 1 for first, last in DEFAULT_IGNORABLE) == 4174
    told = [chr(code) for first, last in INVISIBLE for code in range(first, last + 1)]
    assert not any(map(is_visible, told))
    known = set(told)
    for code in range(1, 0x30000):
        character = chr(code)
        if unicodedata.category(character) in {"Cc", "Zs", "Zl", "Zp"}:
            assert character in known


def test_python_and_postgresql_have_the_same_pattern(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prosrc FROM pg_proc WHERE proname = 'has_visible_character'"
        )
        (source,) = cursor.fetchone()
    assert "".join(re.findall("'([^']*)'", source)) == VISIBLE_REGEX
