"""The commands of docs/backup.md, run as they stand; the units; doctor's check."""

import json
import math
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fluxrate.backup.progress import Progress
from fluxrate.management.doctor.backup import backup
from fluxrate.metrics.backups import backup_families
from fluxrate.server.postgres import program
from fluxrate.tests.backups import Installation
from fluxrate.tests.deployment import units
from fluxrate.tests.live_site import CHECKOUT

PAGE = (CHECKOUT / "docs" / "backup.md").read_text()
UNITS = ("fluxrate-wal.service", "fluxrate-backup.service")


@pytest.fixture(scope="module")
def page():
    """An installation on which the commands of the page have run, and their output."""
    with tempfile.TemporaryDirectory(prefix="fluxrate-backup-") as folder:
        root = Path(folder)
        root.chmod(0o711)
        for name in ("backups", "lib"):
            (root / name).mkdir(mode=0o711)
        installation = Installation(root / "lib" / "data", root / "backups/fluxrate")
        installation.manage("migrate", "--verbosity=0")
        lines = re.findall(r"^```bash\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
        script = "".join(lines).replace("/var/", f"{root}/")
        script = script.replace(".venv/bin/python", sys.executable)
        script = script.replace("=fluxrate.dump", f"={root}/fluxrate.dump")
        script = script.replace(" fluxrate.dump", f" {root}/fluxrate.dump")
        done = subprocess.run(
            ["bash", "-euc", script],
            cwd=CHECKOUT,
            env=installation.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        yield installation, done.stdout


def test_the_commands_of_the_page_run_as_they_stand(page):
    installation, output = page
    assert "with the manifest as of" in output
    assert "no differences." in output
    restored = installation.data_dir.with_name("fluxrate-restored")
    assert f"The data directory is {restored / 'postgres'}." in output
    keys = [each / "secrets.json" for each in (installation.data_dir, restored)]
    assert json.loads(keys[0].read_text()) == json.loads(keys[1].read_text())


def test_the_page_about_upgrades_names_the_programs_of_the_package():
    page = (CHECKOUT / "docs" / "upgrading.md").read_text()
    programs = program("postgres").parent
    package = programs.relative_to(programs.parents[2])
    assert f"--programs /tmp/postgres/{package}\n" in page
    assert "manage.py upgrade_database\n" in page


@pytest.mark.parametrize("name", UNITS)
def test_the_units_run_commands_of_the_page(name):
    service = units()[name]["Service"]
    assert service["User"] == ["fluxrate"]
    assert service["ProtectSystem"] == ["strict"]
    (folder,) = service["ReadWritePaths"]
    assert f"BACKUP_DIR={folder}" in service["Environment"][0]
    for line in service["ExecStart"]:
        _, script, *arguments = shlex.split(line)
        assert f"{script} {' '.join(arguments)}" in PAGE
    assert service["Restart"] == ([] if "backup" in name else ["always"])


def test_doctor_sees_the_age_of_backups(page, settings, tmp_path):
    settings.BACKUP_DIR = str(tmp_path)
    assert backup().status == "error"
    shutil.copytree(page[0].backups, tmp_path, dirs_exist_ok=True)
    assert backup().status == "ok"
    now = datetime.now(UTC)
    for age, status in ((timedelta(), "ok"), (timedelta(minutes=2), "warning")):
        Progress("chain", now - age, 0).write(tmp_path)
        assert backup().status == status
    Progress.forget(tmp_path)
    (path,) = tmp_path.glob("bases/*/manifest.json")
    manifest = json.loads(path.read_text())
    manifest["instant_at"] = (now - timedelta(days=3)).isoformat()
    path.write_text(json.dumps(manifest))
    assert "3 days old" in backup().message


def test_metrics_have_the_age_of_backups(page, settings, tmp_path):
    settings.BACKUP_DIR = ""
    assert list(backup_families()) == []
    settings.BACKUP_DIR = str(tmp_path)
    assert ages() == [math.inf]
    shutil.copytree(page[0].backups, tmp_path, dirs_exist_ok=True)
    at = datetime.now(UTC) - timedelta(seconds=90)
    Progress("chain", at, 0).write(tmp_path)
    age, lag = ages()
    assert 0 < age < 3_600
    assert 90 <= lag < 100


def ages():
    return [each.samples[0].value for each in backup_families()]


def test_doctor_asks_for_backups_of_the_embedded_server_in_production(settings):
    settings.BACKUP_DIR = ""
    settings.PRODUCTION = settings.EMBEDDED = True
    assert backup().status == "warning"
    settings.EMBEDDED = False
    assert backup().status == "ok"
