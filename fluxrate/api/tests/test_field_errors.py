"""A value of another type and a malformed value have different errors."""

import pytest

STRING = "A string is needed."
EMAIL = "Enter a valid email address, such as ada@example.com."
TIME = "time is needed, such as 2025-01-15T10:30:00Z"
PLANS, KEYS = "/api/v1/plans", "/api/v1/api-keys"
SIGNUP = {"email": "a@b.co", "password": "x" * 12, "organization_name": "A"}
WITH_EMAIL = {
    "/api/v1/customers": {"name": "Ada"},
    "/api/v1/invitations": {"role": "MEMBER"},
    "/api/v1/auth/signup": {"password": "x" * 12, "organization_name": "A"},
    "/api/v1/auth/login": {"password": "x" * 12},
    "/api/v1/auth/password/reset": {},
}


def error_of(api, url, body, field):
    response = api.post(url, body)
    assert response.status_code == 422, (response.status_code, response.content)
    errors = response.json()["errors"]
    (error,) = [error for error in errors if error["field"] == field]
    return error["code"], error["message"]


@pytest.mark.parametrize("url", WITH_EMAIL)
@pytest.mark.parametrize("email", ["nope", "a@", "@b.co", "a b@c.de", "a@b@c.de"])
def test_the_error_of_a_malformed_email_has_an_example(acme_api, url, email):
    body = WITH_EMAIL[url] | {"email": email}
    assert error_of(acme_api, url, body, "email") == ("invalid", EMAIL)


@pytest.mark.parametrize("url", WITH_EMAIL)
@pytest.mark.parametrize("email", [5, True, 1.5, ["a@b.co"], {"a": "b"}])
def test_an_email_of_another_type_must_be_a_string(acme_api, url, email):
    body = WITH_EMAIL[url] | {"email": email}
    assert error_of(acme_api, url, body, "email") == ("invalid", STRING)


@pytest.mark.parametrize(
    ("url", "body", "field", "message"),
    [
        (PLANS, {"name": 5}, "name", STRING),
        (PLANS, {"currency": 5}, "currency", STRING),
        (PLANS, {"currency": "QQQ"}, "currency", "ISO 4217"),
        (PLANS, {"lookup_id": ["a"]}, "lookup_id", STRING),
        (PLANS, {"type": 5}, "type", "This is not one of FIXED, USAGE, HYBRID."),
        (PLANS, {"type": "x"}, "type", "“x” is not one of FIXED, USAGE, HYBRID."),
        (PLANS, {"trial_days": "5"}, "trial_days", "A whole number is needed."),
        (PLANS, {"trial_days": 1.5}, "trial_days", "A whole number is needed."),
        (PLANS, {"is_active": "true"}, "is_active", "true or false is needed."),
        (KEYS, {"expires_at": 5}, "expires_at", TIME),
        (KEYS, {"expires_at": "soon"}, "expires_at", TIME),
        (KEYS, {"expires_at": "1066-01-01T00:00:00Z"}, "expires_at", "before 3000"),
        (KEYS, {"scopes": "customers.read"}, "scopes", "list"),
        (KEYS, {"scopes": ["x"]}, "scopes.0", "“x” is not one of customers.read"),
        ("/api/v1/customers", {"metadata": 5}, "metadata", "map of strings"),
        ("/api/v1/customers", {"metadata": {"a": 5}}, "metadata.a", STRING),
        ("/api/v1/customers", {"phone": 5}, "phone", STRING),
        ("/api/v1/subscriptions", {"plan_id": 5}, "plan_id", "no such plan"),
        ("/api/v1/subscriptions", {"plan_id": "x"}, "plan_id", "no such plan"),
        ("/api/v1/subscriptions", {"start_date": 5}, "start_date", TIME),
        ("/api/v1/auth/signup", SIGNUP | {"password": 5}, "password", STRING),
        ("/api/v1/auth/switch", {"organization_id": 5}, "organization_id", "UUID"),
        ("/api/v1/auth/switch", {"organization_id": "x"}, "organization_id", "UUID"),
        ("/api/v1/auth/email/confirm", {"token": 5}, "token", STRING),
    ],
)
def test_the_error_of_a_field_says_what_it_needs(acme_api, url, body, field, message):
    assert message in error_of(acme_api, url, body, field)[1]
