"""Errors outside of views: JSON under /api, a page elsewhere."""

import pytest
from django.db import OperationalError

from fluxrate.api import error_views

HANDLERS = {
    400: lambda request: error_views.bad_request(request, ValueError()),
    403: lambda request: error_views.permission_denied(request, ValueError()),
    404: lambda request: error_views.page_not_found(request, ValueError()),
    500: error_views.server_error,
}


@pytest.mark.parametrize("status", HANDLERS)
@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/api/v1/customers", "application/json"), ("/admin/", "text/html")],
)
def test_an_error_has_the_form_of_its_url(rf, status, path, media_type):
    response = HANDLERS[status](rf.get(path))
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith(media_type)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/api/v1/customers", "application/json"), ("/admin/", "text/html")],
)
def test_a_refused_csrf_token_has_the_form_of_its_url(rf, path, media_type):
    response = error_views.csrf_failure(rf.post(path))
    assert response.status_code == 403
    assert response.headers["Content-Type"].startswith(media_type)


@pytest.mark.parametrize("path", ["/api/v1/customers", "/admin/"])
def test_a_database_that_middleware_misses_is_503(rf, path):
    try:
        raise OperationalError("connection refused")
    except OperationalError:
        response = error_views.server_error(rf.get(path))
    assert response.status_code == 503
    assert "Retry-After" in response.headers
