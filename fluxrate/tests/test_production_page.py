"""The commands of docs/production.md, run as they stand on an installation.

Only their paths differ. CI installs requirements.lock into a new virtual environment;
elsewhere the suite's own takes its place and needs no network. Lines that change the
system (apt, systemctl) are no bash blocks; other tests start the units and nginx.
"""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from fluxrate.server import postgres
from fluxrate.tests.database import new_database
from fluxrate.tests.deployment import copy_installation
from fluxrate.tests.live_site import CHECKOUT, free_port

PAGE = (CHECKOUT / "docs" / "production.md").read_text()
CURL = Path(__file__).parent / "curl.py"
PRELUDE = """
set -euo pipefail
# The suite's user is the owner of its files and database.
runuser() { shift 3; "$@"; }
"""
# What `systemctl enable --now fluxrate` does.
START = """
(exec /opt/fluxrate/.venv/bin/python manage.py up) &> site.log & site=$!
trap 'kill $site; wait $site' EXIT
sleep 1
until grep -q "Fluxrate is ready" site.log; do kill -0 $site; sleep 0.1; done
"""


def blocks(part):
    return "\n".join(re.findall(r"^```bash\n(.*?)^```", part, re.DOTALL | re.MULTILINE))


def script(folder, port):
    before, after = PAGE.split("\n## 5. Start\n")
    curl = f'curl() {{ "{sys.executable}" "{CURL}" -sS --fail "$@"; echo; }}\n'
    text = PRELUDE + curl + blocks(before) + START + blocks(after)
    for path in ("/opt/fluxrate", "/etc/fluxrate", "/var/backups"):
        text = text.replace(path, str(folder / path[1:]))
    text = text.replace("http://127.0.0.1:8000", f"http://127.0.0.1:{port}")
    if os.environ.get("CI"):
        return text
    return re.sub(r"^.* -m (venv|pip) .*\n", "", text, flags=re.MULTILINE)


@pytest.fixture
def folder(tmp_path):
    """An installation's files below a folder that stands for /."""
    code = tmp_path / "opt" / "fluxrate"
    copy_installation(code)
    shutil.copytree(CHECKOUT / "deploy", code / "deploy")
    if not os.environ.get("CI"):
        (code / ".venv").symlink_to(sys.prefix)
    for name in ("etc", "var/backups"):
        (tmp_path / name).mkdir(parents=True)
    yield tmp_path
    shutil.rmtree(code)


def run(folder, url):
    """The output of the page's commands on a database."""
    example = folder / "opt" / "fluxrate" / "deploy" / "env.example"
    settings = re.sub(
        r"(?<=DATABASE_URL=).*", lambda _: f"'{url}'", example.read_text()
    )
    example.write_text(settings)
    port = free_port()
    programs = postgres.program("pg_dump").parent
    unset = {"DATABASE_URL", "DATA_DIR", "DJANGO_SETTINGS_MODULE"}
    environment = {k: v for k, v in os.environ.items() if k not in unset}
    environment |= {"PATH": f"{programs}:{environment['PATH']}", "PORT": str(port)}
    done = subprocess.run(
        ["bash", "-c", script(folder, port)],
        cwd=folder,
        env=environment | {"WEB_CONCURRENCY": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_commands_of_the_page_run_as_they_stand(folder):
    with new_database() as url:
        output = run(folder, url)
        with psycopg.connect(url) as connection:
            staff = "SELECT email, is_staff, is_superuser FROM organizations_user"
            assert connection.execute(staff).fetchall() == [
                ("ada@example.com", True, True)
            ]
    assert output.count('"status": "ok"') == 2
    assert "All row counts agree." in output
    assert "No migration." in output
    assert (folder / "var" / "backups" / "fluxrate.dump").stat().st_size > 10_000
    settings = folder / "etc" / "fluxrate" / "fluxrate.env"
    of_compose = folder / "opt" / "fluxrate" / "deploy" / ".env"
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (settings, of_compose)]
    assert modes == [0o640, 0o600]
    for path in (settings, of_compose):
        keys = re.findall(r"^(?:JWT_SIGN|SECRET_).*=(\w{64})$", path.read_text(), re.M)
        assert len(set(keys)) == 2
    assert re.search(r"^POSTGRES_PASSWORD=\w{64}$", of_compose.read_text(), re.M)
    packages = (folder / "opt" / "fluxrate" / ".venv").glob(
        "lib/*/site-packages/pytest"
    )
    assert not (os.environ.get("CI") and list(packages))
