"""`make packages`: check the types of both official clients, and build a wheel and an
npm package in `dist`. npm installs the compiler.
"""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from fluxrate.tests.live_site import CHECKOUT

CLIENTS = CHECKOUT / "clients"
SCRIPTS = Path(sysconfig.get_path("scripts"))


def build(folder: Path) -> list[Path]:
    """Replace the packages in the folder; the wheel and the npm package."""
    folder.mkdir(exist_ok=True)
    for old in (*folder.glob("fluxrate_client-*"), *folder.glob("fluxrate-client-*")):
        old.unlink()
    mypy = ["mypy", "--strict", "--config-file=", "fluxrate_client"]
    _run("python", sys.executable, "-m", *mypy)
    wheel = ["hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    _run("python", sys.executable, "-m", *wheel)
    npm = str(SCRIPTS / "npm")
    _run("typescript", npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts")
    _run("typescript", npm, "run", "check")
    # Packing compiles.
    _run("typescript", npm, "pack", "--pack-destination", str(folder))
    (wheel_path,) = folder.glob("fluxrate_client-*.whl")
    (npm_path,) = folder.glob("fluxrate-client-*.tgz")
    return [wheel_path, npm_path]


def _run(client: str, *command: str) -> None:
    environment = os.environ | {"PATH": f"{SCRIPTS}:{os.environ['PATH']}"}
    process = subprocess.run(
        command,
        cwd=CLIENTS / client,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\n{process.stdout}{process.stderr}")


if __name__ == "__main__":
    for package in build(CHECKOUT / "dist"):
        print(package.relative_to(CHECKOUT))
