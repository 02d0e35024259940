"""clients/typescript against a real server. Node runs its source as it is."""

import json
import re
import subprocess

import pytest

import fluxrate
from fluxrate.tests.clients.typescript_models import MODELS, source
from fluxrate.tests.live_site import CHECKOUT
from fluxrate.tests.programs import node

FOLDER = CHECKOUT / "clients" / "typescript"


def run(*arguments, cwd=FOLDER, **environment):
    """The output of Node; it resolves the package to its source."""
    process = subprocess.run(
        [node(), "--conditions=source", *arguments],
        cwd=cwd,
        env={"PATH": "", "NODE_NO_WARNINGS": "1"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


@pytest.fixture
def folder(tmp_path):
    """A directory that has installed the package."""
    modules = tmp_path / "node_modules"
    modules.mkdir()
    (modules / "fluxrate-client").symlink_to(FOLDER)
    return tmp_path


def test_its_tests_pass(site):
    with site.another(RATE_LIMIT="4", RATE_LIMIT_SECONDS="2") as limited:
        output = run(
            *("--test", "--test-reporter=tap", "test/client.test.ts"),
            FLUXRATE=f"http://127.0.0.1:{site.port}",
            KEY=site.owner().key,
            LIMITED=f"http://127.0.0.1:{limited.port}",
            LIMITED_KEY=limited.owner().key,
        )
    (passed,) = re.findall(r"^# pass (\d+)$", output, re.MULTILINE)
    assert int(passed) > 10


def test_the_example_of_its_readme_runs(site, folder):
    (example,) = re.findall(
        r"```typescript\n(.*?)```", (FOLDER / "README.md").read_text(), re.DOTALL
    )
    (folder / "example.mts").write_text(example)
    url = f"http://127.0.0.1:{site.port}"
    output = run("example.mts", cwd=folder, KEY=site.owner().key, FLUXRATE=url)
    assert "not_resumable" in output
    assert "Acme Corp\n" in output
    assert "subscription.created" in output


def test_the_types_are_those_of_the_document():
    assert MODELS.read_text() == source(), "Run `make models` and commit."


def test_the_package_needs_nothing_and_has_its_types():
    package = json.loads((FOLDER / "package.json").read_text())
    assert "dependencies" not in package
    assert package["exports"]["."]["types"].endswith(".d.ts")
    assert package["version"] == fluxrate.__version__
