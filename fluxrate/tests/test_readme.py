"""What the README says is so: its commands, its settings, its layout."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from customers.models import Customer
from fluxrate.models import Event
from fluxrate.tests.programs import node

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
STAND_IN = [sys.executable, str(Path(__file__).parent / "curl.py")]
CURLS = {"stand-in": STAND_IN}
if real := shutil.which("curl"):
    CURLS["curl"] = [real]
PROGRAMS = {
    "python": ("program.py", [sys.executable]),
    # The package resolves to its source, which Node runs as it is.
    "typescript": ("program.mts", [node(), "--conditions=source"]),
}
# curl itself, but silent, and failing where the answer says so.
PRELUDE = 'set -euo pipefail; curl() { %s -sS --fail "$@"; echo; }\n'
NAMES = """
import fluxrate.config.environment as environment
names, inner = [], environment.env
def env(name, default=""):
    names.append(name)
    return inner(name, default)
environment.env = env
import fluxrate.settings
print(*names)
"""
UNNAMED = {"tests", "migrations", "commands", "static", "templates", "images"}


def section(title):
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("curl", list(CURLS))
@pytest.mark.django_db(transaction=True)
def test_the_lines_of_the_readme_run_as_they_stand(live_server, tmp_path, curl):
    lines = "\n".join(
        re.findall(r"```bash\n(.*?)```", section("Use the API"), re.DOTALL)
    )
    script = lines.replace("http://localhost:8000", live_server.url)
    told = subprocess.run(
        ["bash", "-c", PRELUDE % " ".join(CURLS[curl]) + script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 0, told.stderr + told.stdout
    answers = ('"role":"OWNER"', '"total":1', '"name":"Acme Corporation"')
    for answer in (*answers, '"status":"ACTIVE"', '"type":"subscription.active"'):
        assert answer in told.stdout
    assert not Customer.objects.exists()
    events = Event.objects.filter(object_type="customer").order_by("id")
    types = list(events.values_list("type", flat=True))
    assert types == ["customer.created", "customer.updated", "customer.deleted"]


@pytest.mark.parametrize("language", list(PROGRAMS))
def test_the_programs_of_the_readme_run_as_they_stand(site, tmp_path, language):
    (program,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    name, command = PROGRAMS[language]
    program = program.replace("http://localhost:8000", f"http://127.0.0.1:{site.port}")
    (tmp_path / name).write_text(program)
    (tmp_path / "node_modules").mkdir()
    package = tmp_path / "node_modules" / "fluxrate-client"
    package.symlink_to(ROOT / "clients" / "typescript")
    types: list[str] = []
    # The feed waits for transactions that other tests have open.
    deadline = time.monotonic() + 60
    while len(types) < 3 and time.monotonic() < deadline:
        ran = subprocess.run(
            [*command, name],
            cwd=tmp_path,
            env={
                "KEY": site.owner().key,
                "PYTHONPATH": str(ROOT / "clients" / "python"),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr + ran.stdout
        names, types = ran.stdout.splitlines()[:1], ran.stdout.splitlines()[1:]
        assert names in (["Globex"], ["Initech"])
    assert [line.split()[0] for line in types][-3:] == [
        "customer.created",
        "plan.created",
        "subscription.created",
    ]


def test_the_settings_of_the_readme_are_those_that_are_read():
    told = subprocess.run(
        [sys.executable, "-c", NAMES],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    first_cells = re.findall(r"^\| ([^|]*`) \|", section("Settings"), re.MULTILINE)
    documented = re.findall(r"`([A-Z_]+)`", " ".join(first_cells))
    assert sorted(documented) == sorted(set(told.stdout.split()))


def folders(under=ROOT, depth=0):
    """Folders with something of ours in them, as deep as the plan goes."""
    found = set()
    for path in under.iterdir():
        ours = path.is_dir() and not path.name.startswith((".", "_"))
        if not ours or path.name in UNNAMED or ignored(path):
            continue
        found.add(str(path.relative_to(ROOT)))
        if depth == 0:
            found |= folders(path, 1)
    return found


def ignored(path):
    lines = (ROOT / ".gitignore").read_text().split()
    return f"{path.name}/" in lines or not any(path.rglob("*.*"))


def test_the_layout_is_the_tree():
    plan = re.findall(r"```\n(.*?)```", section("Layout"), re.DOTALL)[0]
    named, top = set(), ""
    for indent, name in re.findall(r"^( *)(\w+)/", plan, re.MULTILINE):
        top = top if indent else name
        named.add(f"{top}/{name}" if indent else name)
    assert named == {each for each in folders() if "management/" not in each} - {
        "customers/management",
        "organizations/management",
    }


def test_make_lists_what_the_readme_calls():
    made = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`?make ([a-z]+)", README)) <= set(made)
