"""The files in deploy/, parsed, and installations of their own to start."""

import json
import os
import re
import selectors
import shlex
import shutil
import subprocess
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from fluxrate.tests.live_site import CHECKOUT

DEPLOY = CHECKOUT / "deploy"
PATIENCE_SECONDS = 60
HOST = "fluxrate.example.com"
Unit = dict[str, dict[str, list[str]]]


def dockerfile() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile: name and arguments."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(), flags=re.M)
    lines = text.replace("\\\n", " ").splitlines()
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines if line]


def instructions(name: str) -> list[str]:
    return [arguments for instruction, arguments in dockerfile() if instruction == name]


def image_environment() -> dict[str, str]:
    return dict(each.split("=", 1) for each in shlex.split(instructions("ENV")[0]))


def copy_installation(folder: Path) -> None:
    """Copy what the image has, without the files that .dockerignore excludes."""
    lines = (CHECKOUT / ".dockerignore").read_text().splitlines()[1:]
    ignore = shutil.ignore_patterns(*(Path(line).name for line in lines))
    folder.mkdir(parents=True)
    for arguments in instructions("COPY"):
        *sources, target = arguments.split()
        for source in sources if not arguments.startswith("--from") else ():
            if (CHECKOUT / source).is_dir():
                shutil.copytree(CHECKOUT / source, folder / target, ignore=ignore)
            else:
                (folder / target).mkdir(parents=True, exist_ok=True)
                shutil.copy2(CHECKOUT / source, folder / target)


def entrypoint() -> list[str]:
    words: list[str] = json.loads(instructions("ENTRYPOINT")[0])
    return words


def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return parsed


def unit(path: Path) -> Unit:
    """The sections of a unit, each with the values of its keys."""
    sections: Unit = {}
    for line in path.read_text().splitlines():
        if match := re.fullmatch(r"\[(\w+)\]", line):
            sections[match[1]] = defaultdict(list)
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            list(sections.values())[-1][key].append(value)
    return sections


def units() -> dict[str, Unit]:
    return {path.name: unit(path) for path in sorted((DEPLOY / "systemd").iterdir())}


def example_environment() -> dict[str, str]:
    """The settings of env.example, with keys."""
    lines = (DEPLOY / "env.example").read_text().splitlines()
    words = [shlex.split(line)[0] for line in lines if not line.startswith("#")]
    settings = dict(word.split("=", 1) for word in words)
    keys = {"SECRET_KEY": "0123456789" * 5, "JWT_SIGNING_KEY": "9876543210" * 5}
    return settings | keys


def state(folder: Path) -> dict[Path, int]:
    """The time of each path's last change; a folder's changes with its entries."""
    return {path: path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]}


def output_until(process: subprocess.Popen[bytes], mark: str) -> str:
    """What a process prints until it prints the mark or ends."""
    assert process.stdout is not None
    output, deadline = "", time.monotonic() + PATIENCE_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while mark not in output and time.monotonic() < deadline:
            if selector.select(1):
                chunk = os.read(process.stdout.fileno(), 65_536).decode()
                output += chunk
                if not chunk:
                    break
    return output
