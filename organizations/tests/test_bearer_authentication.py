"""An API key is accepted as a Bearer token, too."""

import pytest
from rest_framework.test import APIClient

from organizations.auth.authentication import ACCESS_COOKIE
from organizations.models import ApiKey, Scope

CUSTOMERS = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}


@pytest.fixture
def secret(acme):
    def make(*scopes, organization=acme.organization):
        scopes = list(scopes or Scope.values)
        key = ApiKey.issue(organization=organization, name="Test", scopes=scopes)
        return key.secret

    return make


def get(api, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.get(CUSTOMERS, headers=named)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_a_key_is_accepted_as_a_bearer_token(stranger, secret, scheme):
    response = get(stranger, Authorization=f"{scheme} {secret()}")
    assert response.status_code == 200, response.content


def test_it_reads_and_writes_what_its_scopes_say(stranger, secret):
    headers = {"Authorization": f"Bearer {secret('customers.read')}"}
    assert stranger.get(CUSTOMERS, headers=headers).status_code == 200
    assert stranger.post(CUSTOMERS, ADA, headers=headers).status_code == 403


def test_authentication_by_bearer_token_takes_one_statement(
    stranger, secret, django_assert_num_queries
):
    headers = {"Authorization": f"Bearer {secret()}"}
    stranger.get("/api/v1/organization", headers=headers)
    with django_assert_num_queries(1):
        assert stranger.get("/api/v1/organization", headers=headers).status_code == 200


@pytest.mark.parametrize("token", ["", "org_live_x", "é", "x" * 5000, "a b"])
def test_an_invalid_bearer_token_is_401(acme_api, token):
    response = get(acme_api, Authorization=f"Bearer {token}".strip())
    assert response.status_code == 401
    assert response.json()["detail"] == "The API key is not valid."


def test_a_challenge_begins_with_bearer(stranger):
    for headers in ({}, {"Authorization": "Bearer x"}, {"X-API-Key": "x"}):
        response = stranger.get(CUSTOMERS, headers=headers)
        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith('Bearer realm="fluxrate", ')


def test_the_same_key_twice_is_one_key_and_two_are_ambiguous(stranger, secret):
    one, other = secret(), secret()
    same = get(stranger, Authorization=f"Bearer {one}", X_API_Key=one)
    assert same.status_code == 200
    for wrong in (other, "", "nonsense"):
        response = get(stranger, Authorization=f"Bearer {one}", X_API_Key=wrong)
        refusal = (response.status_code, response.json()["code"])
        assert refusal == (400, "ambiguous_credentials")
        assert (
            response.json()["detail"] == "Two different API keys were sent. Send one."
        )


def test_beside_a_cookie_it_counts_as_in_its_own_header(acme_api, globex, secret):
    reading = {"Authorization": f"Bearer {secret('customers.read')}"}
    assert acme_api.post(CUSTOMERS, ADA, headers=reading).status_code == 403
    response = globex.api.get(CUSTOMERS, headers=reading)
    assert (response.status_code, response.json()["code"]) == (
        400,
        "ambiguous_credentials",
    )


def test_an_access_token_belongs_in_its_cookie(acme, stranger):
    token = acme.api.cookies[ACCESS_COOKIE].value
    response = get(stranger, Authorization=f"Bearer {token}")
    assert response.status_code == 401
    assert ACCESS_COOKIE in response.json()["detail"]
    assert token not in response.content.decode()


@pytest.mark.parametrize("other", ["Basic YTpi", "Token x", "Digest a=b", "x"])
def test_other_schemes_neither_authenticate_nor_disturb(acme_api, stranger, other):
    assert get(stranger, Authorization=other).status_code == 401
    assert get(acme_api, Authorization=other).status_code == 200


def test_another_origin_s_page_may_ask_with_it(site):
    """The browser asks first, over a real socket."""
    asked = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    with site.another(CORS_ALLOWED_ORIGINS="https://app.example") as other:
        response = other.ask("OPTIONS", CUSTOMERS, headers=asked)
    assert "authorization" in response.headers["Access-Control-Allow-Headers"]


def test_the_header_comes_through_the_server(site, owner):
    headers = {"Authorization": f"Bearer {owner.key}"}
    assert site.ask("POST", CUSTOMERS, ADA, headers).status == 201
    response = site.ask("GET", CUSTOMERS, None, {"Authorization": "Bearer nonsense"})
    assert response.status == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer ")


def test_keys_of_a_test_organization_say_so(acme, secret):
    assert secret().startswith("org_live_")
    acme.api.patch("/api/v1/organization", {"is_test": True})
    body = {"name": "Test", "scopes": ["customers.read"]}
    created = acme.api.post("/api/v1/api-keys", body).json()
    assert created["key"].startswith("org_test_")
    assert created["prefix"] == created["key"][:17]
    response = get(APIClient(), Authorization=f"Bearer {created['key']}")
    assert response.status_code == 200
    rotated = acme.api.post(f"/api/v1/api-keys/{created['id']}/rotate").json()
    assert rotated["key"].startswith("org_test_")


def test_the_document_names_bearer_first(client):
    text = client.get("/openapi.yaml").content.decode()
    schemes = text.split("securitySchemes:")[1]
    assert schemes.index("bearer:") < schemes.index("api_key:")
    assert "security:\n      - bearer: []\n      - api_key: []" in text
