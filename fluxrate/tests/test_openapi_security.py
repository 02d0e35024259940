"""Each operation of openapi.yaml accepts the callers that the access matrix accepts."""

import pytest
import yaml
from django.conf import settings

from organizations.models import Scope

from .route_walk import METHODS, PARAMETER
from .test_access_matrix import name, rows

ROLES = ("viewer", "member", "admin", "owner")
KEYS = tuple(Scope.values)


@pytest.fixture(scope="module")
def operations():
    document = yaml.safe_load((settings.BASE_DIR / "openapi.yaml").read_text())
    return {
        f"{method.upper()} {anonymous(path.removeprefix('/api/v1'))}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method.upper() in METHODS
    }


def anonymous(path):
    """The path without the names of its parameters."""
    return PARAMETER.sub("{}", path.replace("{", "<").replace("}", ">"))


def schemes(operation):
    return {name for requirement in operation["security"] for name in requirement}


@pytest.mark.parametrize("row", rows(), ids=name)
def test_the_security_of_an_operation_is_the_access_matrix(operations, row):
    operation = operations[f"{row['method']} {anonymous(row['path'])}"]
    is_public = row["anonymous"] not in {"401", "403"}
    is_for_keys = any(row[key] not in {"401", "403"} for key in KEYS)
    expected = set() if is_public else {"cookie"}
    if is_for_keys and not is_public:
        expected |= {"bearer", "api_key"}
    if not schemes(operation):
        assert is_public or not is_for_keys
    else:
        assert schemes(operation) == expected


@pytest.mark.parametrize("row", rows(), ids=name)
def test_the_description_of_an_operation_names_role_and_scope(operations, row):
    operation = operations[f"{row['method']} {anonymous(row['path'])}"]
    text = operation.get("description", "")
    # A permission of its own has its own sentence.
    if not schemes(operation) or "The caller " in text:
        return
    accepted = [role for role in ROLES if row[role] not in {"401", "403"}]
    least = accepted[0].upper()
    scope = [key for key in KEYS if row[key] not in {"401", "403"}]
    assert ("Not for API keys." in text) == (not scope)
    assert ("Every API key" in text) == (len(scope) == len(KEYS))
    if 0 < len(scope) < len(KEYS):
        assert f"An API key needs the scope `{scope[0]}`." in text
    if least == "VIEWER":
        assert "Every member may do this." in text
    else:
        # The last owner, for example, may do less than the role allows.
        assert "A member needs the role " in text


@pytest.mark.parametrize(
    ("method", "url", "role"),
    [
        ("get", "/api/v1/members", "a viewer"),
        ("post", "/api/v1/api-keys", "an admin"),
        ("patch", "/api/v1/organization", "an admin"),
        ("post", "/api/v1/auth/password", "a viewer"),
    ],
)
def test_an_api_key_learns_that_no_scope_helps(key, method, url, role):
    response = getattr(key(*KEYS), method)(url)
    assert response.status_code == 403
    problem = response.json()
    assert problem["code"] == "not_for_api_keys"
    assert problem["detail"] == f"API keys may not do this. Log in as {role}."
