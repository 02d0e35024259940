"""Probes come from load balancers and orchestrators, which know an address only."""

import json
import re
import threading
import time
from uuid import uuid4

import psycopg
import pytest
import yaml
from django.conf import settings as project
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from rest_framework.test import APIClient

from fluxrate.management.commands import up
from fluxrate.models import Heartbeat
from fluxrate.server.address import Address
from fluxrate.tests.live_site import free_port
from fluxrate.tests.waiting import wait_for

PROBES = ["/health", "/livez", "/readyz"]


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


def test_a_database_that_lacks_a_migration_is_not_ready(db):
    MigrationRecorder(connection).record_unapplied("customers", "0001_initial")
    response = APIClient().get("/readyz")
    assert response.status_code == 503
    assert response["Retry-After"]
    assert response.json() == {"status": "unavailable", "reason": "migrations"}
    assert APIClient().get("/health").status_code == 200


def test_readiness_says_whether_a_worker_is_at_work(db):
    assert APIClient().get("/readyz").json() == {"status": "ok", "worker": "missing"}
    heartbeat = Heartbeat(worker=uuid4(), lane="mail")
    heartbeat.beat()
    heartbeat.beat()
    assert APIClient().get("/readyz").json() == {"status": "ok", "worker": "ok"}
    assert Heartbeat.objects.count() == 1


def test_a_database_of_a_later_version_is_ready(db):
    MigrationRecorder(connection).record_applied("customers", "0002_later")
    assert APIClient().get("/readyz").status_code == 200


def test_a_site_that_stops_is_not_ready_before_its_socket_closes(site):
    with site.another(DRAIN_SECONDS="2") as other:
        owner = other.owner()
        assert other.ask("GET", "/readyz").status == 200
        other.process.terminate()
        wait_for(lambda: other.ask("GET", "/readyz").status == 503, seconds=1)
        assert other.ask("GET", "/readyz").json()["reason"] == "draining"
        assert other.ask("GET", "/livez").status == 200
        assert owner.ask("GET", "/api/v1/customers").status == 200
        assert other.process.wait(20) == 0
        with pytest.raises(ConnectionRefusedError):
            other.ask("GET", "/readyz")


def test_liveness_waits_for_no_thread(site):
    with (
        site.another(THREADS="1", MAX_THREADS="1") as other,
        psycopg.connect(other.environment["DATABASE_URL"]) as holder,
    ):
        owner = other.owner()
        holder.execute("LOCK TABLE customers_customer")
        waiting = threading.Thread(target=owner.ask, args=["GET", "/api/v1/customers"])
        waiting.start()
        time.sleep(0.5)
        began = time.monotonic()
        assert [other.ask("GET", "/livez").status for _ in range(10)] == [200] * 10
        assert time.monotonic() - began < 1
        assert waiting.is_alive()
        holder.rollback()
        waiting.join()


def test_a_probe_that_succeeds_leaves_no_line_in_the_log(db, log):
    for path in PROBES:
        APIClient().get(path)
    assert log.lines == []


def test_health_logs_headers_and_the_openapi_document_have_the_version(db, site):
    version = APIClient().get("/health").json()["version"]
    openapi = (project.BASE_DIR / "openapi.yaml").read_text()
    assert yaml.safe_load(openapi)["info"]["version"] == version
    assert site.ask("GET", "/livez").headers["Server"] == f"Fluxrate/{version}"
    with site.another(WORKERS="1") as other:
        wait_for(lambda: other.log.read_text().count('"message":"started"') == 2)
        started = [
            line for line in other.log.read_text().splitlines() if "started" in line
        ]
    assert {json.loads(line)["version"] for line in started} == {version}
    changelog = (project.BASE_DIR / "CHANGELOG.md").read_text()
    assert re.findall(r"^## \[(\d.*)\] - ", changelog, re.MULTILINE)[0] == version


def test_a_start_that_is_not_ready_in_time_says_why(log, monkeypatch):
    monkeypatch.setattr(up, "_PATIENCE_SECONDS", 0.3)
    up.Command().print_banner(Address("127.0.0.1", free_port()))
    (line,) = (json.loads(line) for line in log.lines)
    assert line["level"] == "WARNING"
    assert line["message"].startswith(
        "Not ready after 0.3 s: /health cannot be reached"
    )
