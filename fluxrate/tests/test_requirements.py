"""requirements.lock is what production installs: pinned, hashed, without test tools."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;\\]+)([^\n\\]*)", re.MULTILINE)
TEST_TOOLS = {"pytest", "pytest-django", "pluggy", "iniconfig"}


def pins(name: str) -> dict[str, str]:
    """The versions of a file by normalized name (PEP 503), for Linux."""
    return {
        re.sub(r"[-_.]+", "-", package).lower(): version
        for package, version, marker in PIN.findall((ROOT / name).read_text())
        if "win32" not in marker
    }


def test_the_lock_has_the_versions_that_the_suite_runs_with():
    pinned = pins("constraints.txt") | pins("requirements.txt")
    assert pins("requirements.lock").items() <= pinned.items()


def test_the_lock_has_every_requirement_except_the_test_tools():
    missing = pins("requirements.txt").keys() - pins("requirements.lock").keys()
    assert missing == {"pytest-django"}
    assert pins("requirements.lock").keys().isdisjoint(TEST_TOOLS)


def test_every_line_of_the_lock_has_a_hash():
    entries = re.split(r"\n(?=\w)", (ROOT / "requirements.lock").read_text())[1:]
    assert len(entries) > 30
    assert [each for each in entries if "--hash=sha256:" not in each] == []


@pytest.mark.parametrize("app", ["fluxrate", "organizations", "customers"])
def test_no_module_outside_the_tests_imports_a_test_tool(app):
    plugin = ROOT / "fluxrate" / "server" / "pytest_plugin.py"
    for path in (ROOT / app).rglob("*.py"):
        if "tests" not in path.parts and path not in {plugin, ROOT / "conftest.py"}:
            text = path.read_text()
            assert not re.search(r"^(import|from) pytest\b", text, re.MULTILINE), path
