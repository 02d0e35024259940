"""What a customer's fields take, and how they keep it."""

import pytest

URL = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}
OPTIONAL = [
    "external_id",
    "phone",
    "billing_address_line1",
    "billing_address_line2",
    "billing_address_city",
    "billing_address_state",
    "billing_address_country",
    "billing_address_postal_code",
]
DOCUMENTED = {
    "name": "Acme Corp",
    "email": "billing@acme.com",
    "external_id": "acme-corp-001",
    "phone": "+1-555-0100",
    "billing_address_line1": "123 Main St",
    "billing_address_line2": "Suite 4",
    "billing_address_city": "San Francisco",
    "billing_address_state": "CA",
    "billing_address_country": "US",
    "billing_address_postal_code": "94105",
    "status": "INACTIVE",
    "metadata": {"crm": "C-1042"},
}


@pytest.fixture
def created(acme_api):
    def create(**fields):
        answer = acme_api.post(URL, ADA | fields)
        assert answer.status_code == 201, answer.content
        return answer.json()

    return create


@pytest.fixture
def refused(acme_api):
    def refuse(**fields):
        answer = acme_api.post(URL, ADA | fields)
        assert answer.status_code == 422, answer.content
        (error,) = answer.json()["errors"]
        return error

    return refuse


def test_every_documented_field_is_returned(created):
    body = created(**DOCUMENTED)
    assert body | DOCUMENTED == body
    assert body["id"][14] == "7"
    assert body["revision"] == 1
    assert body["created_at"].endswith("Z")


def test_an_absent_field_is_null(created):
    body = created()
    assert {body[name] for name in OPTIONAL} == {None}
    assert (body["status"], body["metadata"]) == ("ACTIVE", {})


@pytest.mark.parametrize("name", OPTIONAL)
def test_an_empty_optional_field_is_null(created, name):
    assert created(**{name: "  "})[name] is None
    assert created(**{name: None})[name] is None


def test_text_is_trimmed_and_normalized_to_nfc(created):
    body = created(name="  Zoe\u0308 \t", billing_address_city="\u00a0Köln\u2003")
    assert body["name"] == "Zo\u00eb"
    assert body["billing_address_city"] == "Köln"


@pytest.mark.parametrize(
    "name",
    ["", " ", "\u200b", "\u2060\u00ad", "\u202e", "\u3000", "\ufeff", "\t"],
)
def test_a_name_needs_one_visible_character(refused, name):
    assert (refused(name=name)["field"], refused(name=name)["code"]) == (
        "name",
        "blank",
    )


@pytest.mark.parametrize(
    "name", ["李", "🙂", "O'Brien; DROP TABLE", "<b>", "a\u200db", "%_"]
)
def test_a_name_may_be_anything_visible(created, name):
    assert created(name=name)["name"] == name


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31m", "a\x7f", "a\x85b"])
def test_a_name_is_one_line(refused, name):
    assert refused(name=name)["code"] == "control_character"


@pytest.mark.parametrize("value", [5, 5.0, True, [], ["Ada"], {"a": "b"}, 10**30])
def test_no_other_type_is_converted_to_text(refused, value):
    for name in ("name", "external_id", "billing_address_country", "email"):
        assert refused(**{name: value}) == {
            "field": name,
            "code": "invalid",
            "message": "A string is needed.",
        }


def test_a_required_field_may_not_be_null(refused):
    for name in ("name", "email", "status"):
        assert (refused(**{name: None})["code"], refused(**{name: None})["field"]) == (
            "null",
            name,
        )


@pytest.mark.parametrize(
    ("name", "length"),
    [("name", 255), ("external_id", 255), ("phone", 50), ("billing_address_city", 255)],
)
def test_text_has_a_maximum_length(created, refused, name, length):
    assert created(**{name: "é" * length})[name] == "é" * length
    assert refused(**{name: "é" * (length + 1)})["code"] == "max_length"


@pytest.mark.parametrize(
    "email", ["ada", "ada@", "@b.co", "a b@c.co", "ada@b.co\n@d", "a@b@c.co"]
)
def test_a_malformed_email_is_refused(refused, email):
    assert refused(email=email)["field"] == "email"


def test_an_email_is_stored_unchanged_and_need_not_be_unique(created):
    assert created(email=" Ada@Example.COM ")["email"] == "Ada@Example.COM"
    assert created(email="Ada@Example.COM")["email"] == "Ada@Example.COM"


def test_a_country_is_a_code_in_upper_case(created, refused):
    assert created(billing_address_country="us")["billing_address_country"] == "US"
    for code in ("XX", "UK", "1A", "u"):
        error = refused(billing_address_country=code)
        assert error["code"] == "unknown_country"
        assert "ISO 3166-1 alpha-2" in error["message"]


@pytest.mark.parametrize(
    "phone", ["+1-555-0100", "ext. 12", "0", "(\uff10\uff13) 1234"]
)
def test_phone_state_and_postal_code_are_stored_unchanged(created, phone):
    body = created(
        phone=phone, billing_address_state="?", billing_address_postal_code="-"
    )
    assert body["phone"] == phone
    assert (body["billing_address_state"], body["billing_address_postal_code"]) == (
        "?",
        "-",
    )


def test_an_unknown_status_is_refused(refused):
    error = refused(status="active")
    assert error["code"] == "invalid_choice"
    assert error["message"] == "“active” is not one of ACTIVE, INACTIVE."
    assert refused(status=1)["message"] == "This is not one of ACTIVE, INACTIVE."
    assert len(refused(status="x" * 900_000)["message"]) < 200


def test_an_unknown_field_is_refused_with_a_suggestion(refused):
    assert refused(billing_adress_city="x")["message"] == (
        "Unknown field. Did you mean “billing_address_city”?"
    )
    assert refused(**{"zzz" * 1000: "x"})["message"] == "Unknown field."


@pytest.mark.parametrize(
    "field", ["id", "organization_id", "revision", "created_at", "updated_at"]
)
def test_a_read_only_field_cannot_be_set_on_create(refused, field):
    assert refused(**{field: 1}) == {
        "field": field,
        "code": "read_only",
        "message": "This cannot be set.",
    }


def test_several_errors_are_reported_at_once(acme_api):
    answer = acme_api.post(URL, {"email": "x", "phone": 5, "metadata": {"a": 1}})
    assert [error["field"] for error in answer.json()["errors"]] == [
        "name",
        "email",
        "phone",
        "metadata.a",
    ]
