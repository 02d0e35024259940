"""`make openapi-lint`: check openapi.yaml with Redocly and Spectral. npm installs both
into `.lint`.
"""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[2]
FOLDER = CHECKOUT / ".lint"
# Node.js of requirements-dev.txt.
SCRIPTS = sysconfig.get_path("scripts")
FILES = ("package.json", "redocly.yaml", "spectral.yaml")
# A warning fails both.
LINTERS = (
    ["redocly", "lint", "openapi.yaml", "--config", "redocly.yaml"],
    [
        *("spectral", "lint", "openapi.yaml"),
        *("--ruleset", "spectral.yaml", "--fail-severity", "warn"),
    ],
)


def run(*command: str) -> int:
    quiet = {"REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "REDOCLY_TELEMETRY": "off"}
    path = {"PATH": f"{SCRIPTS}:{os.environ['PATH']}"}
    return subprocess.run(
        command, cwd=FOLDER, env=os.environ | path | quiet, check=False
    ).returncode


def install() -> None:
    """Install the linters, once for each set of versions."""
    installed = FOLDER / "installed"
    versions = (HERE / "package.json").read_text()
    if installed.exists() and installed.read_text() == versions:
        return
    if run("npm", "install", "--no-audit", "--no-fund", "--silent"):
        raise SystemExit("The linters could not be installed.")
    installed.write_text(versions)


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    for name in FILES:
        shutil.copy(HERE / name, FOLDER)
    shutil.copy(CHECKOUT / "openapi.yaml", FOLDER)
    install()
    return sum(run("npx", *linter) != 0 for linter in LINTERS)


if __name__ == "__main__":
    raise SystemExit(main())
