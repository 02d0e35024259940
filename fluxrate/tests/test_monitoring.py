"""deploy/alerts.yml and grafana.json use metrics, labels and values that exist."""

import json
import re
import shutil
import subprocess

import pytest
import yaml
from django.conf import settings
from prometheus_client.parser import text_string_to_metric_families

from fluxrate.metrics.names import COUNTERS
from fluxrate.tests.deployment import DEPLOY
from fluxrate.tests.test_metrics import TOKEN

PROMTOOL = shutil.which("promtool")
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
def samples(site):
    """The labels of each name that a site shows."""
    with site.another(METRICS_TOKEN=TOKEN) as shown:
        shown.owner().ask("GET", "/api/v1/customers")
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


@pytest.mark.skipif(PROMTOOL is None, reason="needs promtool, of Prometheus")
def test_prometheus_parses_every_query(tmp_path):
    panels = [
        {"record": f"panel:{number}", "expr": query.replace("$__rate_interval", "1m")}
        for number, query in enumerate(PANELS.values())
    ]
    of_panels = tmp_path / "panels.yml"
    of_panels.write_text(json.dumps({"groups": [{"name": "p", "rules": panels}]}))
    for file in (DEPLOY / "alerts.yml", of_panels):
        checked = subprocess.run(
            [PROMTOOL, "check", "rules", file],
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.returncode == 0, checked.stderr
