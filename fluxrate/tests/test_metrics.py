"""`/metrics`: who reads it, and that its numbers are those of all processes."""

import re
import shutil
import time
from contextlib import closing
from datetime import timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from uuid import uuid4

import psutil
import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.timezone import now
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from rest_framework.test import APIClient

from customers.tests.test_advance import fill
from fluxrate.backup.progress import Progress
from fluxrate.metrics.names import GAUGES
from fluxrate.metrics.view import Site
from fluxrate.models import Heartbeat
from fluxrate.server.web.supervisor import serve
from fluxrate.tests.database import new_database
from fluxrate.tests.live_site import free_port
from fluxrate.tests.waiting import wait_for
from organizations.auth.mail_queue import send_due

TOKEN = "a-token-of-at-least-thirty-two-characters"
CUSTOMERS, ROUTE = "/api/v1/customers", "api/v1/customers"


def parsed(text):
    """The samples by name, then by the values of the labels, sorted by their names."""
    samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            samples.setdefault(sample.name, {})[labels] = sample.value
    return samples


def scraped(site):
    answer = site.ask("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status == 200, answer.body
    assert answer.headers["Content-Type"].startswith("text/plain; version=1.0.0")
    return parsed(answer.body.decode())


@pytest.fixture
def scrape(db, settings):
    settings.METRICS_TOKEN = TOKEN
    client = APIClient(headers={"Authorization": f"Bearer {TOKEN}", "Host": "10.0.0.7"})
    return lambda: parsed(client.get("/metrics").content.decode())


def test_without_a_token_in_the_settings_there_are_no_metrics(db):
    assert APIClient().get("/metrics").status_code == 404


@pytest.mark.parametrize("sent", [None, "Bearer wrong", f"Basic {TOKEN}", "Bearer é"])
def test_without_the_token_the_metrics_are_401(db, settings, sent):
    settings.METRICS_TOKEN = TOKEN
    response = APIClient(headers=sent and {"Authorization": sent}).get("/metrics")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="metrics"'
    assert b"fluxrate_" not in response.content


def test_each_request_is_counted_by_route_method_and_status(acme_api, scrape):
    def count(method, status):
        return requests.get((method, ROUTE, status), 0)

    requests = scrape()["fluxrate_requests_total"]
    before = [count("GET", "200"), count("POST", "422")]
    for _ in range(5):
        assert acme_api.get(CUSTOMERS).status_code == 200
    acme_api.post(CUSTOMERS, {"name": 1})
    requests = scrape()["fluxrate_requests_total"]
    assert [count("GET", "200"), count("POST", "422")] == [before[0] + 5, before[1] + 1]


def test_a_path_that_does_not_exist_adds_no_route(acme_api, scrape):
    before = set(scrape()["fluxrate_requests_total"])
    for path in ("/api/v1/a", "/api/v1/b", "/c", "/d", f"{CUSTOMERS}/x/y"):
        acme_api.get(path)
    added = set(scrape()["fluxrate_requests_total"]) - before
    assert {route for _, route, _ in added} <= {"", "^api(/(?s:.*))?$"}


def test_the_oldest_due_subscription_of_a_live_organization_is_shown(acme, scrape):
    assert scrape()["fluxrate_oldest_due_seconds"] == {(): 0}
    # Due since 2024.
    fill("Live", 3)
    assert scrape()["fluxrate_oldest_due_seconds"][()] > 86_400
    call_command("advance", stdout=StringIO())
    assert scrape()["fluxrate_oldest_due_seconds"] == {(): 0}


def test_the_database_is_measured(acme, scrape):
    samples = scrape()
    assert samples["fluxrate_database_up"] == {(): 1}
    assert min(samples["fluxrate_table_bytes"].values()) > 0
    assert len(samples["fluxrate_table_bytes"]) == 20
    assert samples["fluxrate_event_feed_lag_seconds"][()] > 0
    assert samples["fluxrate_database_connections"][("active",)] >= 1
    assert samples["fluxrate_database_connections_limit"][()] > 10


def test_a_metric_that_waits_for_a_lock_is_left_out(acme, scrape):
    tables = {table for (table,) in scrape()["fluxrate_table_bytes"]}
    with connection.cursor() as cursor:
        # This test's own transaction has locks, too.
        cursor.execute("SELECT relation::regclass::text FROM pg_locks")
        free = min(tables.difference(name for (name,) in cursor.fetchall()))
    with closing(connection.copy()) as other:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{free}"')
        began = time.monotonic()
        samples = scrape()
    assert time.monotonic() - began < 2
    assert "fluxrate_table_bytes" not in samples
    assert samples["fluxrate_database_up"] == {(): 1}


def test_emails_are_counted_by_their_status(acme, settings, scrape):
    statuses = ["waiting", "sent", "discarded", "undeliverable"]
    assert scrape()["fluxrate_emails"] == {(status,): 0 for status in statuses}
    assert scrape()["fluxrate_oldest_email_seconds"] == {(): 0}
    APIClient().post("/api/v1/auth/password/reset", {"email": acme.owner.email})
    assert scrape()["fluxrate_emails"]["waiting",] == 1
    assert 0 < scrape()["fluxrate_oldest_email_seconds"][()] < 60
    settings.EMAIL_BACKEND = "organizations.auth.mail_queue.DiscardingBackend"
    assert list(send_due()) == [{"discarded": 1}]
    assert scrape()["fluxrate_emails"]["discarded",] == 1
    assert scrape()["fluxrate_emails"]["waiting",] == 0


def test_workers_are_counted_by_their_heartbeats(db, scrape):
    assert scrape()["fluxrate_workers"] == {(): 0}
    worker = uuid4()
    for lane in ("mail", "advance"):
        Heartbeat(worker=worker, lane=lane).beat()
    assert scrape()["fluxrate_workers"] == {(): 1}
    assert scrape()["fluxrate_worker_heartbeat_seconds"]["mail",] < 10
    Heartbeat.objects.update(beat_at=now() - timedelta(seconds=90))
    assert scrape()["fluxrate_workers"] == {(): 0}
    assert scrape()["fluxrate_worker_heartbeat_seconds"]["advance",] >= 90


@pytest.fixture(scope="module")
def pair(site):
    """A site of two processes."""
    with site.another(WEB_CONCURRENCY="2", METRICS_TOKEN=TOKEN) as started:
        yield started


def workers(site):
    """The processes that listen, with their starts."""
    children = psutil.Process(site.process.pid).children()
    return {child for child in children if child.status() != psutil.STATUS_ZOMBIE}


def test_the_numbers_are_those_of_all_processes(pair):
    owner = pair.owner()
    headers = {"Authorization": f"Bearer {owner.key}"}
    for number in range(60):
        # A connection each: either process may accept it.
        assert pair.ask("GET", CUSTOMERS, headers=headers).status == 200
        pair.ask("GET", f"{CUSTOMERS}?page={number}x", headers=headers)
    time.sleep(1.5)
    shown = [scraped(pair) for _ in range(10)]
    for samples in shown:
        requests = samples["fluxrate_requests_total"]
        assert requests["GET", ROUTE, "200"] == 60
        assert requests["GET", ROUTE, "400"] == 60
        durations = samples["fluxrate_request_duration_seconds_bucket"]
        assert durations["+Inf", "GET", ROUTE] == 120
        assert samples["fluxrate_processes"] == {(): 2}
        assert samples["fluxrate_threads"][()] >= 8
        assert samples["fluxrate_loop_connections_limit"] == {(): 16}
    assert {f"fluxrate_{name}" for name in GAUGES} <= set(samples)


def test_the_guide_names_every_metric_and_no_other(db, settings, tmp_path):
    settings.BACKUP_DIR = str(tmp_path)
    Progress("chain", now(), 0).write(tmp_path)
    guide = (settings.BASE_DIR / "docs" / "monitoring.md").read_text()
    listed = {f"fluxrate_{name}" for name in GAUGES}
    text = generate_latest(Site()).decode()
    listed |= set(re.findall(r"^# HELP (\w+)", text, re.MULTILINE))
    assert set(re.findall(r"^\| `(fluxrate_\w+)` \|", guide, re.MULTILINE)) == listed


def test_the_numbers_never_fall_whichever_process_answers(pair):
    owner, last = pair.owner(), 0
    for _ in range(30):
        owner.ask("GET", CUSTOMERS)
        total = sum(scraped(pair)["fluxrate_requests_total"].values())
        assert total >= last
        last = total


def test_the_numbers_of_a_killed_process_are_continued(pair):
    before = sum(scraped(pair)["fluxrate_requests_total"].values())
    running = workers(pair)
    for process in running:
        process.kill()
    wait_for(lambda: running.isdisjoint(workers(pair)))
    wait_for(lambda: pair.ask("GET", "/livez").status == 200)
    wait_for(lambda: scraped(pair)["fluxrate_processes"] == {(): 2})
    assert sum(scraped(pair)["fluxrate_requests_total"].values()) >= before


def test_busy_threads_and_refusals_are_counted(pair):
    owner = pair.owner()
    waiting = [
        Thread(target=pair.ask, args=["GET", CUSTOMERS, None, {"Cookie": owner.cookie}])
        for _ in range(5)
    ]
    with psycopg.connect(pair.environment["DATABASE_URL"]) as holder:
        holder.execute("LOCK TABLE customers_customer")
        for thread in waiting:
            thread.start()
        wait_for(lambda: scraped(pair)["fluxrate_threads_busy"][()] >= 5, seconds=4)
        for thread in waiting:
            thread.join()
    wait_for(lambda: scraped(pair)["fluxrate_unavailable_total"].get(("busy",)) == 5)


def test_a_database_that_is_closed_is_down_and_the_counts_are_shown(site):
    with (
        new_database() as url,
        site.another(DATABASE_URL=url, METRICS_TOKEN=TOKEN) as other,
    ):
        assert scraped(other)["fluxrate_database_up"] == {(): 1}
        name = url.rpartition("/")[2].partition("?")[0]
        with psycopg.connect(
            site.environment["DATABASE_URL"], autocommit=True
        ) as admin:
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            admin.execute(end + "WHERE datname = %s", [name])
            samples = scraped(other)
            assert other.ask("GET", "/readyz").json()["reason"] == "database"
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        assert samples["fluxrate_database_up"] == {(): 0}
        assert samples["fluxrate_processes"] == {(): 1}
        assert "fluxrate_table_bytes" not in samples
        wait_for(lambda: scraped(other)["fluxrate_database_up"] == {(): 1})


def test_counts_that_cannot_be_shared_are_a_warning_and_are_shown(site):
    with (
        TemporaryDirectory() as folder,
        site.another(METRICS_TOKEN=TOKEN, TMPDIR=folder) as other,
    ):
        (shared,) = Path(folder).iterdir()
        shutil.move(shared, f"{folder}/elsewhere")
        wait_for(lambda: "cannot be shared: No such file" in other.log.read_text())
        shutil.move(f"{folder}/elsewhere", shared)
        wait_for(lambda: scraped(other)["fluxrate_processes"] == {(): 1})


def test_a_start_that_cannot_share_its_counts_is_refused_in_a_sentence(
    settings, monkeypatch
):
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    with pytest.raises(CommandError, match="set TMPDIR to one that can be written"):
        serve("127.0.0.1", free_port(), processes=1, threads=1)


def test_the_files_of_a_site_that_ended_are_removed(site):
    with TemporaryDirectory() as folder:
        with site.another(METRICS_TOKEN=TOKEN, TMPDIR=folder):
            assert list(Path(folder).glob("fluxrate-metrics-*/0.json"))
        assert list(Path(folder).glob("fluxrate-metrics-*")) == []
