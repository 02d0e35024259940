"""A deprecated operation says so, with the time of its end, in every response."""

from datetime import UTC, datetime
from typing import ClassVar

import pytest
from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator

from customers.views import PlanViewSet
from fluxrate.api.deprecation import Deprecation
from fluxrate.urls import handler404, handler500
from fluxrate.urls import urlpatterns as site

URL = "/api/v1/old-plans"
DEPRECATION = Deprecation(
    since=datetime(2026, 1, 1, tzinfo=UTC),
    sunset=datetime(2027, 1, 1, tzinfo=UTC),
    document="https://example.com/versioning",
)


class OldPlanViewSet(PlanViewSet):
    deprecations: ClassVar = {"list": DEPRECATION}


old = path("old-plans", OldPlanViewSet.as_view({"get": "list", "post": "create"}))
urlpatterns = [path("api/v1/", include([old])), *site]
__all__ = ["handler404", "handler500", "urlpatterns"]
pytestmark = pytest.mark.urls(__name__)


@pytest.mark.parametrize("query", ["", "?page=0"])
def test_a_deprecated_operation_announces_its_end(acme_api, query):
    response = acme_api.get(URL + query)
    assert response["Deprecation"] == "@1767225600"
    assert response["Sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    link = '<https://example.com/versioning>; rel="deprecation"; type="text/html"'
    assert response["Link"].endswith(link)
    assert ('rel="first"' in response["Link"]) == (not query)


def test_the_other_operations_of_the_view_do_not(acme_api):
    response = acme_api.post(URL, {"name": "Pro"})
    assert response.status_code == 201
    assert "Deprecation" not in response
    assert "Sunset" not in response


def test_the_document_marks_it():
    document = SchemaGenerator().get_schema(request=None, public=True)
    methods = document["paths"][URL]
    assert methods["get"]["deprecated"] is True
    assert {"Deprecation", "Sunset"} < methods["get"]["responses"]["200"][
        "headers"
    ].keys()
    assert {"Deprecation", "Sunset"} < document["components"]["headers"].keys()
    assert "deprecated" not in methods["post"]
