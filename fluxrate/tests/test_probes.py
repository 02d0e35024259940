"""Probes come from load balancers and orchestrators, which know an address only."""

import re

import pytest
import yaml
from django.conf import settings as project
from rest_framework.test import APIClient

PROBES = ["/health", "/livez"]


@pytest.mark.parametrize("path", PROBES)
@pytest.mark.parametrize("host", ["10.0.0.7:8000", "[fd00::7]:8000", "not a host"])
def test_a_probe_by_any_host_is_answered(db, settings, path, host):
    settings.ALLOWED_HOSTS = ["example.test"]
    response = APIClient(headers={"Host": host}).get(path)
    assert (response.status_code, response.json()["status"]) == (200, "ok")
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PROBES)
def test_a_probe_over_plain_http_is_answered_where_https_rules(db, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    assert APIClient().get(path).status_code == 200


@pytest.mark.parametrize("path", PROBES)
def test_a_probe_is_read_only(db, path):
    assert APIClient().post(path).status_code == 405
    assert APIClient().head(path).status_code == 200


def test_liveness_asks_no_database(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert APIClient().get("/livez").status_code == 200


def test_a_probe_that_succeeds_leaves_no_line_in_the_log(db, log):
    for path in PROBES:
        APIClient().get(path)
    assert log.lines == []


def test_health_and_the_openapi_document_answer_the_released_version(db):
    version = APIClient().get("/health").json()["version"]
    openapi = (project.BASE_DIR / "openapi.yaml").read_text()
    assert yaml.safe_load(openapi)["info"]["version"] == version
    changelog = (project.BASE_DIR / "CHANGELOG.md").read_text()
    assert re.findall(r"^## \[(\d.*)\] - ", changelog, re.MULTILINE)[0] == version
