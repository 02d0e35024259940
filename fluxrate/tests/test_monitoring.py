"""deploy/alerts.yml and grafana.json use metrics, labels and values that exist."""

import json
import re
import subprocess
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml
from django.conf import settings
from prometheus_client.parser import text_string_to_metric_families

from fluxrate.backup.progress import Progress
from fluxrate.metrics.names import COUNTERS
from fluxrate.tests.deployment import DEPLOY
from fluxrate.tests.live_site import free_port
from fluxrate.tests.programs import required
from fluxrate.tests.test_metrics import TOKEN
from fluxrate.tests.waiting import wait_for

GROUPS = yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"]
RULES = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
DASHBOARD = json.loads((DEPLOY / "grafana.json").read_text())
PANELS = {
    f"{panel['title']} {target['refId']}": target["expr"]
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
}
QUERIES = PANELS | {name: rule["expr"] for name, rule in RULES.items()}
# Prometheus adds the first two, a histogram the third.
OF_PROMETHEUS = {"job", "instance", "le"}


@pytest.fixture(scope="module")
def samples(site, tmp_path_factory):
    """The labels of each name that a site shows."""
    backups = tmp_path_factory.mktemp("backups")
    Progress("chain", datetime.now(UTC), 0).write(backups)
    settings = {"METRICS_TOKEN": TOKEN, "BACKUP_DIR": str(backups)}
    with site.another(WORKERS="1", **settings) as shown:
        shown.owner().ask("GET", "/api/v1/customers")
        wait_for(lambda: shown.ask("GET", "/readyz").json()["worker"] == "ok")
        headers = {"Authorization": f"Bearer {TOKEN}"}
        text = shown.ask("GET", "/metrics", headers=headers).body.decode()
    families = text_string_to_metric_families(text)
    return {
        sample.name: set(sample.labels)
        for family in families
        for sample in family.samples
    }


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_names_metrics_and_labels_that_exist(samples, query):
    names = set(re.findall(r"\b(fluxrate_\w+|up)\b", query))
    assert names
    assert names <= {*samples, "up"}
    grouped = re.findall(r"\bby \(([^)]*)\)", query)
    used = {label.strip() for labels in grouped for label in labels.split(",")}
    used |= set(re.findall(r"(\w+)=~?\"", query))
    known = set().union(*(samples.get(name, set()) for name in names))
    assert used <= known | OF_PROMETHEUS


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_names_values_that_are_exported_from_the_start(query):
    """A rate over a counter that appears with 1 is 0."""
    for label, _, values in COUNTERS.values():
        for texts in re.findall(rf'\b{label}=~?"([^"]*)"', query):
            assert set(texts.split("|")) <= set(values)


def test_the_legend_and_the_summaries_show_labels_that_the_queries_keep():
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            for label in re.findall(r"{{(\w+)}}", target["legendFormat"]):
                assert re.search(rf"by \([^)]*\b{label}\b", target["expr"])
    for rule in RULES.values():
        for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
            grouped = re.search(rf"by \([^)]*\b{label}\b", rule["expr"])
            assert grouped or "by (" not in rule["expr"]


def test_the_guide_lists_every_alert_with_its_severity():
    guide = (settings.BASE_DIR / "docs" / "monitoring.md").read_text()
    listed = re.findall(r"^\| `(Fluxrate\w+)` \| (\w+) \|", guide, re.MULTILINE)
    rules = [(name, rule["labels"]["severity"]) for name, rule in RULES.items()]
    assert sorted(listed) == sorted(rules)


@contextmanager
def prometheus(site, folder):
    """A Prometheus that reads a site and alerts.yml; asks it a query of its API."""
    port = free_port()
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(DEPLOY / "alerts.yml")],
        "scrape_configs": [
            {
                "job_name": "fluxrate",
                "authorization": {"credentials": TOKEN},
                "static_configs": [{"targets": [f"127.0.0.1:{site.port}"]}],
            }
        ],
    }
    (folder / "config.yml").write_text(json.dumps(config))
    options = {
        "config.file": folder / "config.yml",
        "storage.tsdb.path": folder / "data",
        "web.listen-address": f"127.0.0.1:{port}",
    }

    def ask(path, **query):
        url = f"http://127.0.0.1:{port}/api/v1/{path}?{urlencode(query)}"
        with suppress(OSError), urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]
        return {}

    process = subprocess.Popen(
        [
            required("prometheus"),
            *(f"--{name}={value}" for name, value in options.items()),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield ask
    finally:
        process.terminate()
        process.wait(30)


def test_prometheus_has_an_answer_to_every_query_of_the_dashboard(site, tmp_path):
    with (
        site.another(METRICS_TOKEN=TOKEN, WORKERS="1") as shown,
        prometheus(shown, tmp_path) as ask,
    ):
        owner = shown.owner()
        wait_for(lambda: shown.ask("GET", "/readyz").json()["worker"] == "ok")

        def number_of_scrapes():
            owner.ask("GET", "/api/v1/customers")
            counted = ask("query", query="count_over_time(fluxrate_build_info[1m])")
            return float(counted["result"][0]["value"][1]) if counted["result"] else 0

        wait_for(lambda: ask("targets").get("activeTargets"))
        wait_for(lambda: number_of_scrapes() > 4)
        (target,) = ask("targets")["activeTargets"]
        assert (target["health"], target["lastError"]) == ("up", "")
        variables = {"$__rate_interval": "1m", "$instance": ".*"}
        for query in PANELS.values():
            for name, value in variables.items():
                query = query.replace(name, value)  # noqa: PLW2901
            assert ask("query", query=query)["result"], query
        (group,) = ask("rules")["groups"]
        assert {rule["health"] for rule in group["rules"]} == {"ok"}
        assert [alert["labels"] for alert in ask("alerts")["alerts"]] == []
