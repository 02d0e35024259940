"""`make check`: openapi.yaml passes Redocly and Spectral, which npm installs into
`.lint`.
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
    """The exit code; the output is printed if it is not 0."""
    quiet = {"REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "REDOCLY_TELEMETRY": "off"}
    path = {"PATH": f"{SCRIPTS}:{os.environ['PATH']}"}
    process = subprocess.run(
        command,
        cwd=FOLDER,
        env=os.environ | path | quiet,
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        print(process.stdout, process.stderr)
    return process.returncode


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
    """0 if both pass. They run once for each text of the document and the rules."""
    texts = [(HERE / name).read_text() for name in FILES]
    text = "".join([*texts, (CHECKOUT / "openapi.yaml").read_text()])
    passed = FOLDER / "passed"
    if passed.exists() and passed.read_text() == text:
        return 0
    FOLDER.mkdir(exist_ok=True)
    for name in FILES:
        shutil.copy(HERE / name, FOLDER)
    shutil.copy(CHECKOUT / "openapi.yaml", FOLDER)
    install()
    failures = sum(run("npx", *linter) != 0 for linter in LINTERS)
    if not failures:
        passed.write_text(text)
    return failures


if __name__ == "__main__":
    raise SystemExit(main())
