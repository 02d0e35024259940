"""Programs of the system that some tests drive."""

import os
import shutil
import sysconfig

import pytest


def required(name: str, *, package: str = "") -> str:
    """The path of a program. Without it a test is skipped, and fails under CI."""
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        message = f"{name} is not installed (Debian: apt install {package or name})."
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    return str(program)


def node() -> str:
    """Node.js, which requirements-dev.txt installs: it runs TypeScript as it is."""
    program = shutil.which("node", path=sysconfig.get_path("scripts"))
    assert program, "Run `make check`, which installs requirements-dev.txt."
    return program
