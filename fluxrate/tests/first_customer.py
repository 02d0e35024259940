"""`make first-customer`: do what README.md says, in a new clone, and print the seconds
from the beginning to each step. More than a minute fails.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from fluxrate.tests.live_site import CHECKOUT, free_port

LIMIT = 60
CURL = 'set -euo pipefail; curl() { command curl -sS --fail "$@"; echo; }\n'


def blocks(readme: str, language: str) -> list[str]:
    """The blocks of "Use the API" in a language; "" is that of shell commands."""
    section = readme.partition("\n## Use the API\n")[2].partition("\n## ")[0]
    every = re.findall(r"^```(\w*)\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    return [text for name, text in every if name == language]


class Newcomer:
    """Works in a clone, whose server answers at `url`."""

    def __init__(self, folder: Path) -> None:
        self.began = time.monotonic()
        self.folder, self.port = folder, free_port()
        self.url = f"http://localhost:{self.port}"
        self.environment = os.environ | {"PORT": str(self.port)}
        for name in ("VENV", "DATABASE_URL", "DATA_DIR", "MAKEFLAGS", "MAKELEVEL"):
            self.environment.pop(name, None)
        # Node is the system's, or that of requirements-dev.txt.
        scripts = Path(sys.executable).parent
        path = [str(folder / ".venv" / "bin"), os.environ["PATH"], str(scripts)]
        self.environment["PATH"] = ":".join(path)

    def run(self, script: str) -> str:
        return subprocess.run(
            ["bash", "-c", script.replace("http://localhost:8000", self.url)],
            cwd=self.folder,
            env=self.environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    def write(self, name: str, program: str) -> None:
        text = program.replace("http://localhost:8000", self.url)
        (self.folder / name).write_text(text)

    def wait(self, server: subprocess.Popen[bytes]) -> None:
        while server.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"{self.url}/health"):
                return
            time.sleep(0.1)
        raise SystemExit("make run has ended.")

    def report(self, step: str) -> float:
        seconds = time.monotonic() - self.began
        print(f"{seconds:5.1f} s  {step}", flush=True)
        return seconds


def first_customers(newcomer: Newcomer) -> float:
    """The seconds until there is a customer in each language."""
    readme = (newcomer.folder / "README.md").read_text()
    sign_up, create, *_ = blocks(readme, "bash")
    printed = newcomer.run(
        f"{CURL}{sign_up}{create}\ncat customer.json; echo; echo $KEY"
    )
    assert '"name":"Acme Corp"' in printed
    newcomer.environment["KEY"] = printed.split()[-1]
    newcomer.report("the first customer, with curl")
    pip, npm = blocks(readme, "")
    newcomer.run(pip)
    newcomer.write("first.py", *blocks(readme, "python"))
    assert "Globex" in newcomer.run("python first.py")
    newcomer.report("a customer in Python")
    newcomer.run(npm)
    newcomer.write("first.mjs", *blocks(readme, "typescript"))
    assert "Initech" in newcomer.run("node first.mjs")
    return newcomer.report("a customer in TypeScript")


def main() -> int:
    """The exit code: 0 within a minute."""
    with tempfile.TemporaryDirectory(prefix="fluxrate-newcomer-") as parent:
        # The embedded PostgreSQL runs as another user if root starts it.
        Path(parent).chmod(0o711)
        load, cores = os.getloadavg()[0], os.cpu_count()
        print(f"The load is {load:.1f} on {cores} cores.", flush=True)
        newcomer = Newcomer(Path(parent) / "fluxrate")
        clone = ["git", "clone", "--quiet", str(CHECKOUT), str(newcomer.folder)]
        subprocess.run(clone, check=True)
        newcomer.report("git clone")
        with subprocess.Popen(
            ["make", "run"],
            cwd=newcomer.folder,
            env=newcomer.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as server:
            try:
                newcomer.wait(server)
                newcomer.report("make run is ready")
                seconds = first_customers(newcomer)
            finally:
                os.killpg(server.pid, signal.SIGTERM)
    # Of all processes, in which the server's work is.
    cpu = sum(os.times()[2:4])
    print(f"{cpu:5.1f} s  of CPU")
    return int(seconds > LIMIT)


if __name__ == "__main__":
    raise SystemExit(main())
