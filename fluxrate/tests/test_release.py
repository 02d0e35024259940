"""make release and make audit, on a copy of the repository and on reports."""

import os
import subprocess
import sys

import pytest
import yaml

import fluxrate
from fluxrate.tests import audit, release
from fluxrate.tests.live_site import CHECKOUT

CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- A change.

## [0.1.0] - 2026-11-27

The first release.
"""
SCRIPT = str(CHECKOUT / "fluxrate" / "tests" / "release.py")
PERSON = {"NAME": "Ada", "EMAIL": "ada@example.com"}
AUTHOR = {
    f"GIT_{who}_{k}": v for who in ("AUTHOR", "COMMITTER") for k, v in PERSON.items()
}
DJANGO = {"name": "django", "version": "5.2.19", "vulns": []}
FLAW = {"id": "CVE-2026-0001", "fix_versions": ["5.2.20"]}
UNKNOWN = {"name": "uvloop", "skip_reason": "Dependency not found on PyPI"}


def test_a_release_closes_the_changelog():
    text = release.closed(CHANGELOG, "0.2.0", "2026-12-01")
    assert "## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n### Added" in text
    assert text.replace("## [0.2.0] - 2026-12-01\n\n", "") == CHANGELOG


@pytest.mark.parametrize(
    ("changelog", "version", "reason"),
    [
        (CHANGELOG, "0.1.0", "not above"),
        (CHANGELOG, "0.0.9", "not above"),
        (CHANGELOG, "v0.2", "no version"),
        (
            CHANGELOG.replace("- A change.", "").replace("### Added", ""),
            "0.2.0",
            "no unr",
        ),
    ],
)
def test_a_release_that_cannot_be_is_refused(changelog, version, reason):
    with pytest.raises(release.RefusedError, match=reason):
        release.closed(changelog, version, "2026-12-01")


def git(folder, *arguments):
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=os.environ | AUTHOR,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def make_release(folder, version):
    return subprocess.run(
        [sys.executable, SCRIPT, version],
        cwd=folder,
        env=os.environ | AUTHOR,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_release_is_a_commit_and_a_tag_with_the_version_everywhere(tmp_path):
    folder = tmp_path / "fluxrate"
    git(CHECKOUT, "clone", "--quiet", "--depth=1", f"file://{CHECKOUT}", str(folder))
    changelog = folder / "CHANGELOG.md"
    text = changelog.read_text().replace(
        "[Unreleased]\n", "[Unreleased]\n\n- More.\n", 1
    )
    changelog.write_text(text)
    dirty = make_release(folder, "99.0.0")
    assert (dirty.returncode, dirty.stderr) == (1, "There are uncommitted changes.\n")
    git(folder, "commit", "--quiet", "--all", "--message", "More")
    done = make_release(folder, "99.0.0")
    assert done.returncode == 0, done.stderr
    assert git(folder, "describe", "--exact-match") == "v99.0.0"
    assert git(folder, "status", "--porcelain") == ""
    document = yaml.safe_load((folder / "openapi.yaml").read_text())
    assert document["info"]["version"] == "99.0.0"
    assert "## [99.0.0] - 2" in changelog.read_text()
    package = (folder / "fluxrate" / "__init__.py").read_text()
    assert package == '__version__ = "99.0.0"\n'
    for name, times in release.CLIENTS.items():
        before, after = ((at / name).read_text() for at in (CHECKOUT, folder))
        assert after.count("99.0.0") == times
        assert after == before.replace(f'"{fluxrate.__version__}"', '"99.0.0"')


@pytest.mark.parametrize(
    ("dependencies", "code", "words"),
    [
        ([DJANGO], 0, "1 packages have no known vulnerability"),
        (
            [DJANGO | {"vulns": [FLAW]}],
            1,
            "django 5.2.19: CVE-2026-0001, fixed in 5.2.20",
        ),
        ([DJANGO, UNKNOWN], 2, "1 of 2 packages were not looked up"),
        ([DJANGO | {"vulns": [FLAW]}, UNKNOWN], 1, "CVE-2026-0001"),
        ([], 2, "0 of 0 packages were not looked up"),
    ],
)
def test_an_audit_that_looked_nothing_up_does_not_pass(dependencies, code, words):
    result, lines = audit.verdict(dependencies)
    assert result == code
    assert words in lines[0]
