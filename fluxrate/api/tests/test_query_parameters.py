"""An unknown, repeated or bad parameter is 400 with its name."""

from typing import ClassVar
from urllib.parse import quote

import pytest

from customers.models import Customer
from fluxrate.api.filters import FilterSet, TextFilter

URL = "/api/v1/customers"


def error_of(api, query, url=URL, method="GET"):
    response = api.generic(method, url, QUERY_STRING=query)
    assert response.status_code == 400, (query, response.status_code, response.content)
    (error,) = response.json()["errors"]
    assert response.json()["code"] == "invalid_parameter"
    assert response.json()["detail"] == f"{error['field']}: {error['message']}"
    return error


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("pagesize=5", "unknown_parameter", "Did you mean “page_size”?"),
        ("Page=1", "unknown_parameter", "Did you mean “page”?"),
        ("nmae=Ada", "unknown_parameter", "Did you mean “name”?"),
        ("zzzzzz=1", "unknown_parameter", "Unknown parameter."),
        ("created_at=2025-01-01", "unknown_parameter", "Did you mean “created_at__"),
        ("=1", "unknown_parameter", "Unknown parameter."),
        ("page=1&page=2", "repeated_parameter", "takes one value"),
        ("name=%00", "invalid", "NUL"),
        ("name=%FF", "invalid", "not UTF-8"),
        ("name=", "empty", "A value is needed."),
        ("name=%20", "empty", "A value is needed."),
        ("status=active", "invalid", "“active” is not one of ACTIVE, INACTIVE."),
        ("created_at__gte=soon", "invalid", "2025-01-15T10:30:00Z"),
        ("created_at__gte=10000-01-01T00:00:00Z", "invalid", "2025-01-15T10:30:00Z"),
        ("created_at__gte=2025-01-01T00:00:00+00:00", "invalid", "%2B"),
        ("created_at__lt=10/25/2025", "invalid", "RFC 3339"),
        ("created_at__lt=0001-01-01T00:00:00%2B14:00", "invalid", "RFC 3339"),
        ("created_at__lt=9999-12-31T23:59:59-14:00", "invalid", "RFC 3339"),
        ("ordering=", "invalid", "is not one of name, email"),
        ("ordering=nmae", "invalid", "Did you mean “name”?"),
        ("ordering=name,-name", "invalid", "A name is repeated."),
        ("ordering=--name", "invalid", "is not one of"),
        ("ordering=organization__name", "invalid", "is not one of"),
    ],
)
def test_the_error_of_a_bad_parameter_has_its_name(acme_api, query, code, message):
    error = error_of(acme_api, query)
    assert error["code"] == code
    assert message in error["message"]


def test_a_suggestion_is_made_for_names_of_up_to_60_characters(acme_api):
    similar = "billing_address_postal_code" + 33 * "x"
    message = error_of(acme_api, f"{similar}=1")["message"]
    assert message == "Unknown parameter. Did you mean “billing_address_postal_code”?"
    assert error_of(acme_api, f"{similar}x=1")["message"] == "Unknown parameter."


@pytest.mark.parametrize(
    ("length", "shown"), [(80, 80 * "x"), (81, 80 * "x" + "…"), (99, 80 * "x" + "…")]
)
def test_a_message_quotes_80_characters_of_a_value(acme_api, length, shown):
    message = error_of(acme_api, f"status={length * 'x'}")["message"]
    assert message == f"“{shown}” is not one of ACTIVE, INACTIVE."


@pytest.mark.parametrize(
    "page", ["0", "-1", "abc", "1.0", "1e3", "", " 1", "\uff11", "9" * 31]
)
def test_a_page_out_of_bounds_says_the_bounds(acme_api, page):
    message = error_of(acme_api, f"page={quote(page)}")["message"]
    assert message == "A whole number from 1 to 1000000000 is needed."


@pytest.mark.parametrize("size", ["0", "101", "-5", "abc", "9" * 31])
def test_a_page_size_out_of_bounds_says_the_bounds(acme_api, size):
    message = error_of(acme_api, f"page_size={size}")["message"]
    assert message == "A whole number from 1 to 100 is needed."


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", URL),
        ("GET", "/api/v1/subscriptions/summary"),
        ("PUT", f"{URL}/0193b0c4-7a1e-7c55-9f3c-5d1f0f6a1b2c"),
        ("DELETE", "/api/v1/members/me"),
        ("PUT", f"{URL}/external/a-1"),
        ("POST", "/api/v1/auth/login"),
        ("GET", "/api/v1/auth/me"),
        ("GET", "/api/v1/organization"),
    ],
)
def test_an_operation_without_parameters_takes_none(acme_api, method, url):
    error = error_of(acme_api, "page=1", url, method)
    assert error["message"] == "Unknown parameter. This URL takes no parameters."


def test_thousands_of_parameters_are_400(acme_api, settings):
    count = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1
    response = acme_api.get(URL + "?" + "&".join(f"a{n}=1" for n in range(count)))
    assert response.status_code == 400
    assert response.json()["code"] == "bad_request"


def test_a_boolean_is_true_or_false(acme_api):
    for value in ("1", "yes", "True", "banana"):
        error = error_of(acme_api, f"is_active={value}", "/api/v1/plans")
        assert error["message"] == f"“{value}” is neither true nor false."
    assert acme_api.get("/api/v1/plans?is_active=true").status_code == 200


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2025-01-01T00:00-20:31"]
)
def test_extreme_times_and_offsets_are_accepted(acme_api, time):
    response = acme_api.get(URL, {"created_at__gte": time})
    assert response.status_code == 200, response.content


def test_a_text_column_of_meta_fields_is_compared_as_it_is_stored():
    class NameFilter(FilterSet):
        class Meta:
            model = Customer
            fields: ClassVar = ["name", "phone"]

    assert all(
        isinstance(each, TextFilter) for each in NameFilter.base_filters.values()
    )
