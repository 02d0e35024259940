"""deploy/: the image, compose and the systemd units; each command line is started."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import get_commands

from fluxrate.health import PROBES
from fluxrate.tests.deployment import (
    DEPLOY,
    compose,
    copy_installation,
    dockerfile,
    entrypoint,
    example_environment,
    image_environment,
    instructions,
    output_until,
    state,
    units,
)
from fluxrate.tests.live_site import CHECKOUT, free_port
from fluxrate.tests.programs import required

PYTHON = "/opt/fluxrate/.venv/bin/python"
PINNED = re.compile(r"[\w./-]+:\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?")
OURS = ("web", "worker")
UNITS = ("fluxrate.service", "fluxrate-worker.service")


def command_lines():
    """Each command line of deploy/, as (place, arguments of manage.py)."""
    yield "Dockerfile", json.loads(instructions("CMD")[0])
    yield "compose: worker", compose()["services"]["worker"]["command"]
    for name in UNITS:
        (line,) = units()[name]["Service"]["ExecStart"]
        python, script, *arguments = shlex.split(line)
        assert (python, script) == (PYTHON, "manage.py")
        yield name, arguments


COMMAND_LINES = dict(command_lines())


@pytest.fixture
def environment(site):
    """The settings of env.example on the database of `site`."""
    of_site = {"DATABASE_URL": site.environment["DATABASE_URL"]}
    address = {"PORT": str(free_port()), "WEB_CONCURRENCY": "1"}
    return os.environ | example_environment() | of_site | address


def start(arguments, environment, folder=CHECKOUT):
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=folder,
        env=environment | {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.parametrize("place", COMMAND_LINES)
def test_a_command_line_runs_in_production_until_sigterm(place, environment, tmp_path):
    arguments = COMMAND_LINES[place]
    assert arguments[0] in get_commands()
    mark = "Fluxrate is ready" if arguments[0] == "up" else '"message":"round"'
    process = start(arguments, environment | {"DATA_DIR": str(tmp_path)})
    try:
        assert mark in output_until(process, mark)
        assert process.poll() is None
        process.terminate()
        assert process.wait(30) in {0, 128 + signal.SIGTERM}
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_image_serves_and_writes_nothing_into_its_folders(environment, tmp_path):
    image = tmp_path / "image"
    copy_installation(image)
    build = next(each for each in instructions("RUN") if "collectstatic" in each)
    build = build.replace(".venv/bin/python", sys.executable).replace(
        "/tmp/build", str(tmp_path / "build")
    )
    subprocess.run(["bash", "-euc", build], cwd=image, check=True, capture_output=True)
    before = state(image)
    run = {**environment, **image_environment(), "PATH": environment["PATH"]}
    (tmp_path / "run").mkdir()
    run |= {"HOST": "127.0.0.1", "DATA_DIR": str(tmp_path / "run")}
    process = start(json.loads(instructions("CMD")[0]), run, image)
    try:
        assert "Fluxrate is ready" in output_until(process, "Ctrl-C")
        assert health_check(run["PORT"]) == 0
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()
    assert state(image) == before
    assert health_check(run["PORT"]) != 0


def health_check(port):
    words = json.loads(instructions("HEALTHCHECK")[0].split("CMD", 1)[1])
    command = [sys.executable, *words[1:]]
    environment = os.environ | {"PORT": str(port)}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    return done.returncode


def test_the_image_is_pinned_and_runs_as_a_user_without_rights():
    assert PINNED.fullmatch(instructions("ARG")[0].partition("=")[2])
    stages = [each.split()[0] for each in instructions("FROM")]
    assert stages == ["${PYTHON_IMAGE}"] * 2
    install = next(each for each in instructions("RUN") if "pip install" in each)
    assert "--require-hashes -r requirements.lock" in install
    last = [name for name, _ in dockerfile()]
    assert instructions("USER") == ["10001:10001"]
    assert last.index("USER") > last.index("RUN", last.index("FROM", 2))
    assert entrypoint() == ["python", "manage.py"]
    probe = re.findall(r"/\w+z\b", instructions("HEALTHCHECK")[0])
    assert set(probe) <= PROBES.keys()
    assert image_environment()["FLUXRATE_ENV"] == "production"


def test_the_containers_may_do_little_and_come_back():
    services = compose()["services"]
    assert set(services) == {*OURS, "postgres"}
    for name in OURS:
        service = services[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["build"]["dockerfile"] == "deploy/Dockerfile"
        folders = {each.partition(":")[0] for each in service["tmpfs"]}
        assert image_environment()["DATA_DIR"] in folders
    assert {each["restart"] for each in services.values()} == {"unless-stopped"}
    assert PINNED.fullmatch(services["postgres"]["image"])
    most = int(services["postgres"]["command"][-1].partition("=")[2])
    assert most > 4 * (settings.MAX_THREADS + 8)
    assert services["web"]["ports"] == ["127.0.0.1:8000:8000"]
    assert "ports" not in services["postgres"]
    (volume,) = services["postgres"]["volumes"]
    assert volume.partition(":")[0] in compose()["volumes"]


def test_a_service_of_its_own_works():
    assert compose()["services"]["web"]["environment"]["WORKERS"] == "0"
    assert "WORKERS=0" in units()["fluxrate.service"]["Service"]["Environment"]


def test_env_example_has_the_variables_of_compose():
    text = (DEPLOY / "compose.yaml").read_text()
    assert set(re.findall(r"\$\{(\w+)", text)) <= example_environment().keys()
    assert compose()["services"]["web"]["env_file"] == ".env"


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_runs_without_rights_and_knows_the_exit_code(name):
    service = units()[name]["Service"]
    assert service["User"] == ["fluxrate"]
    assert service["SuccessExitStatus"] == [str(128 + signal.SIGTERM)]
    assert service["ProtectSystem"] == ["strict"]
    assert service["EnvironmentFile"] == ["/etc/fluxrate/fluxrate.env"]
    assert "ExecReload" not in service
    assert service["Restart"] == ["always"]


def test_systemd_accepts_the_units(tmp_path):
    program = required("systemd-analyze", package="systemd")
    for path in (DEPLOY / "systemd").iterdir():
        text = path.read_text().replace(PYTHON, sys.executable)
        (tmp_path / path.name).write_text(text.replace("/opt/fluxrate", str(CHECKOUT)))
    names = sorted(str(path) for path in tmp_path.iterdir())
    command = [program, "verify", "--man=no", *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
