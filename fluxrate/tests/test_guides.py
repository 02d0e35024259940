"""The guides are served, and what they say is so."""

import re
import subprocess
from contextlib import closing

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands, load_command_class

from conftest import tenant
from fluxrate.guides.full_text import FOR_CALLERS, MAX_CHARACTERS
from fluxrate.guides.guide import guides
from fluxrate.tests.test_readme import PRELUDE, STAND_IN
from organizations.models import ApiKey, Scope

ADDRESS = "http://localhost:8000"
PAGES = sorted(name for name in guides() if "/" not in name)
WITH_COMMANDS = [name for name in FOR_CALLERS if "```bash\n" in guides()[name].text]
OURS = ("fluxrate", "organizations", "customers")
# Options that each command of Django has.
COMMON = {"--help", "--version", "--verbosity", "--settings", "--pythonpath"}
COMMON |= {"--traceback", "--no-color", "--force-color", "--skip-checks"}


def links(text):
    return re.findall(r'href="([^"]*)"', text)


def test_the_index_leads_to_every_guide(client):
    index = client.get("/docs/guides").text
    found = {name for name in PAGES if f'"/docs/guides/{name}"' in index}
    assert found == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_each_link_of_a_guide_leads_to_a_page_and_an_anchor(client, name):
    page = client.get(f"/docs/guides/{name}")
    assert page.status_code == 200
    assert page["Content-Type"].startswith("text/html")
    ids = re.findall(r'\sid="([^"]*)"', page.text)
    assert len(ids) == len(set(ids))
    for link in {link for link in links(page.text) if not link.startswith("http")}:
        url, _, anchor = link.partition("#")
        target = page if not url else client.get(url)
        with closing(target):
            assert target.status_code == 200, link
            assert not anchor or f'id="{anchor}"' in target.text, link


@pytest.mark.parametrize("name", PAGES)
def test_a_guide_is_markdown_too(client, name):
    text = client.get(f"/docs/guides/{name}.md").text
    assert text.startswith("# ")
    for link in re.findall(r"\]\((/docs/guides[^)#]*)", text):
        assert client.get(link).status_code == 200, link


def test_a_guide_may_load_nothing_but_our_styles(client):
    page = client.get("/docs/guides/errors")
    assert "style-src 'self';" in page["Content-Security-Policy"]
    assert "script-src" not in page["Content-Security-Policy"]
    assert not re.search(r"<script|<style|\sstyle=|<img", page.text)


def test_a_guide_has_an_etag_and_is_compressed(client):
    first = client.get("/docs/guides/errors", headers={"Accept-Encoding": "gzip"})
    assert (first["Content-Encoding"], first["Vary"]) == ("gzip", "Accept-Encoding")
    headers = {"Accept-Encoding": "gzip", "If-None-Match": first["ETag"]}
    assert client.get("/docs/guides/errors", headers=headers).status_code == 304


@pytest.mark.parametrize("name", ["nothing", "../settings", "decisions", "x/../errors"])
def test_other_files_are_not_served(client, db, name):
    for suffix in ("", ".md"):
        assert client.get(f"/docs/guides/{name}{suffix}").status_code == 404
    assert client.post("/docs/guides").status_code == 405


def test_the_type_of_a_problem_leads_to_its_entry(acme_api):
    problem = acme_api.get("/api/v1/customers?page=0").json()
    url, _, code = problem["type"].partition("#")
    assert code == problem["code"] == "invalid_parameter"
    assert f'<tr id="{code}">' in acme_api.get(url).text


def test_programs_find_all_guides_in_a_short_text(client):
    text = client.get("/llms.txt")
    assert text["Content-Type"].startswith("text/plain")
    assert len(text.content) <= 4_000
    for link in re.findall(r"\]\(([^)]*)\)", text.text):
        assert client.get(link).status_code == 200, link


def test_programs_get_the_guides_of_the_api_in_one_text(client):
    """At most 25,000 tokens: a token has three characters at least, on average."""
    text = client.get("/llms-full.txt").text
    assert 40_000 < len(text) <= MAX_CHARACTERS
    assert len(text.encode()) <= MAX_CHARACTERS + 3_000
    for name in FOR_CALLERS:
        assert guides()[name].title in text
    assert "export KEY=" in text


@pytest.mark.parametrize("name", WITH_COMMANDS)
@pytest.mark.django_db(transaction=True)
def test_the_commands_of_a_guide_run_as_they_stand(live_server, tmp_path, name):
    organization = tenant("Acme").organization
    key = ApiKey.issue(organization=organization, name="x", scopes=Scope.values)
    lines = "\n".join(re.findall(r"```bash\n(.*?)```", guides()[name].text, re.DOTALL))
    script = lines.replace(ADDRESS, live_server.url)
    ran = subprocess.run(
        ["bash", "-c", f"KEY={key.secret}\n" + PRELUDE % " ".join(STAND_IN) + script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr + ran.stdout
    assert "curl" in script


def first_cells(name, heading=""):
    text = guides()[name].text
    text = text.partition(heading)[2] if heading else text
    return re.findall(r"^\| `([^`]*)`", text, re.MULTILINE)


def test_the_guide_lists_every_type_of_event():
    document = yaml.load(
        (settings.BASE_DIR / "openapi.yaml").read_text(), yaml.CSafeLoader
    )
    event = document["components"]["schemas"]["Event"]["properties"]["type"]
    types = set(event["x-extensible-enum"])
    listed = set(first_cells("events"))
    common = {name for name in listed if name.startswith("<object type>.")}
    objects = {name.partition(".")[0] for name in types}
    every = {name.replace("<object type>", noun) for name in common for noun in objects}
    assert listed - common <= types <= listed | every


def test_the_guide_lists_every_command_with_its_options():
    text = guides()["commands"].text.partition("Django's own that")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*)\|", text, re.MULTILINE)
    documented = {name: set(re.findall(r"--[a-z-]+", row)) for name, row in rows}
    ours = {name: app for name, app in get_commands().items() if app in OURS}
    assert documented.keys() == ours.keys()
    for name, app in ours.items():
        if name not in {"migrate", "collectstatic"}:
            parser = load_command_class(app, name).create_parser("manage.py", name)
            options = {
                option
                for action in parser._actions
                for option in action.option_strings
                if option.startswith("--")
            }
            assert documented[name] == options - COMMON, name


def test_the_other_commands_of_the_guide_are_django_s():
    names = {cell.split()[0] for cell in first_cells("commands", "Django's own")}
    assert names <= get_commands().keys()


@pytest.mark.parametrize("name", ["troubleshooting", "retries"])
def test_the_codes_of_a_guide_exist(name):
    codes = set(first_cells("errors", "## Error codes"))
    named = re.findall(
        r"(?:[45]\d\d|,) `([a-z_]+)`", guides()[name].text.replace("\n", " ")
    )
    assert len(named) > 5
    assert set(named) <= codes, set(named) - codes
