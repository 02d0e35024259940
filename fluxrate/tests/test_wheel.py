"""The wheel of `make dist`, beside its libraries, serves without a checkout."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.request import urlopen

import pytest

from fluxrate.guides.guide import guides
from fluxrate.tests.deployment import output_until, state
from fluxrate.tests.live_site import CHECKOUT, free_port

COMMAND = "import sys; from fluxrate.server.manage import run; sys.exit(run())"
UV = str(Path(sys.executable).with_name("uv"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    command = [UV, "build", "--quiet", "--wheel", "--out-dir", str(folder), "--offline"]
    command += ["--no-build-isolation", "--python", sys.executable]
    subprocess.run(command, cwd=CHECKOUT, check=True)
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_needs_what_the_lock_pins_and_has_no_tests(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (name for name in names if name.endswith("/METADATA"))
        text = archive.read(metadata).decode()
    lock = (CHECKOUT / "requirements.lock").read_text()
    needed = re.findall(r"^Requires-Dist: (.*)$", text, re.MULTILINE)
    needed = [each for each in needed if "extra == 'telemetry'" not in each]
    assert len(needed) == lock.count("==") - lock.count("== '")
    assert "\nRequires-Dist: django==5.2" in text
    assert "pytest" not in text.partition("\n\n")[0]
    assert not [name for name in names if "/tests/" in name]
    assert "fluxrate/templates/home.html" in names
    assert "fluxrate/postgres/sql/events.sql" in names


@pytest.fixture
def address(site, tmp_path):
    """The environment of an installation with its own port and folder."""
    values = {"PORT": str(free_port()), "WEB_CONCURRENCY": "1"}
    values |= {"DATA_DIR": str(tmp_path / "data"), "PYTHONDONTWRITEBYTECODE": "1"}
    return site.environment | values | {"PYTHONUNBUFFERED": "1"}


def test_an_installed_wheel_serves_and_writes_into_data_dir_only(
    wheel, address, tmp_path
):
    packages = tmp_path / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    before = state(packages)
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "up"],
        cwd=tmp_path,
        env=address | {"PYTHONPATH": str(packages)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        assert "Fluxrate is ready" in output_until(process, "Ctrl-C")
        base = f"http://127.0.0.1:{address['PORT']}"
        with urlopen(f"{base}/openapi.yaml") as document:
            assert document.read() == (CHECKOUT / "openapi.yaml").read_bytes()
        for name in sorted(guides()):
            with urlopen(f"{base}/docs/guides/{name}") as page:
                assert page.status == 200
        with urlopen(f"{base}/admin/login/") as page:
            assert b"/static/fluxrate/admin." in page.read()
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()
    assert state(packages) == before
    assert (tmp_path / "data" / "staticfiles" / ".collected").exists()
